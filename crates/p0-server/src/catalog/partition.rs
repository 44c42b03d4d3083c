//! AWS partitions.

/// AWS partitions. Each has its own sign-in endpoint and ARN prefix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// GovCloud (US).
    UsGov,
    /// China.
    China,
}

impl Partition {
    /// Parses the second part of an ARN.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Aws, Self::UsGov, Self::China].into_iter().find(|partition| partition.name() == name)
    }

    /// Returns the second part of the partition's ARNs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
            Self::China => "aws-cn",
        }
    }

    /// Returns the URL to which assertions are posted
    /// (<https://docs.aws.amazon.com/general/latest/gr/signin-service.html>).
    pub(crate) fn assertion_consumer(self) -> &'static str {
        match self {
            Self::Aws => "https://signin.aws.amazon.com/saml",
            Self::UsGov => "https://signin.amazonaws-us-gov.com/saml",
            Self::China => "https://signin.amazonaws.cn/saml",
        }
    }

    /// Returns the audience of assertions, from Amazon's metadata documents.
    pub(crate) fn audience(self) -> &'static str {
        match self {
            Self::Aws => "urn:amazon:webservices",
            Self::UsGov => "urn:amazon:webservices:govcloud",
            Self::China => "urn:amazon:webservices:cn-north-1",
        }
    }
}
