//! The AWS settings of a machine that hold for every program that calls AWS
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>), and what regions and partitions are.

use super::{Credentials, presign::StsEndpoint};
use std::path::PathBuf;
use url::Url;

/// What the environment says of calls to AWS.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Settings {
    pub region: Option<String>,
    pub sts: Option<String>,
    pub eks: Option<String>,
    pub sso: Option<String>,
    pub sso_oidc: Option<String>,
    /// `AWS_USE_FIPS_ENDPOINT`: endpoints with cryptography that is validated by FIPS 140.
    pub fips: bool,
    /// `AWS_USE_DUALSTACK_ENDPOINT`: endpoints that have IPv6 addresses too.
    pub dual_stack: bool,
    /// `AWS_CA_BUNDLE`: the certificates to trust, in PEM, instead of the system's.
    pub ca_bundle: Option<PathBuf>,
}

/// A division of AWS: accounts, regions and endpoints of one are unknown in the others
/// (<https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// Most of the world.
    Commercial,
    /// The government of the USA.
    GovCloud,
    China,
}

impl Partition {
    const ALL: [Self; 3] = [Self::Commercial, Self::GovCloud, Self::China];

    /// The word for it in ARNs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Commercial => "aws",
            Self::GovCloud => "aws-us-gov",
            Self::China => "aws-cn",
        }
    }

    /// The partition of this name.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partition| partition.word() == word)
    }

    /// The partition that a region belongs to, by the region's name.
    pub fn of_region(region: &str) -> Self {
        if region.starts_with("us-gov-") {
            Self::GovCloud
        } else if region.starts_with("cn-") {
            Self::China
        } else {
            Self::Commercial
        }
    }

    /// The region whose endpoint is asked where nobody names one.
    pub const fn region(self) -> &'static str {
        match self {
            Self::Commercial => "us-east-1",
            Self::GovCloud => "us-gov-west-1",
            Self::China => "cn-north-1",
        }
    }
}

impl Settings {
    /// The region whose endpoint is asked for what is in this partition.
    pub fn region_in(&self, partition: Partition) -> &str {
        self.own_region_in(partition).unwrap_or(partition.region())
    }

    /// The region that the user named, if it is in this partition.
    pub fn own_region_in(&self, partition: Partition) -> Option<&str> {
        self.region.as_deref().filter(|region| Partition::of_region(region) == partition)
    }

    /// What credentials for an account in this partition say of regions: the user's own, and one of the partition's
    /// where the user names none of it and the usual one would be of no use.
    pub fn region_of_credentials(&self, partition: Partition) -> Option<String> {
        match (self.own_region_in(partition), partition, &self.region) {
            (Some(region), _, _) => Some(region.to_owned()),
            (None, Partition::Commercial, None) => None,
            (None, _, _) => Some(partition.region().to_owned()),
        }
    }

    /// Credentials as they are for whoever has these settings now: kept ones name a region of their partition for whoever
    /// got them, who may have worked in another.
    pub fn adopt(&self, credentials: Credentials) -> Credentials {
        let partition = credentials.region.as_deref().map_or(Partition::Commercial, Partition::of_region);
        Credentials { region: self.region_of_credentials(partition), ..credentials }
    }

    /// Where AWS's security token service is called, for those who sign calls to it.
    pub fn sts_endpoint(&self) -> Result<StsEndpoint, url::ParseError> {
        let url = self.sts.as_deref().map(Url::parse).transpose()?;
        Ok(StsEndpoint { url, fips: self.fips, dual_stack: self.dual_stack })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_counts_in_its_own_partition() {
        let settings = |region: Option<&str>| Settings { region: region.map(str::to_owned), ..Default::default() };
        for (region, partition, asked, told) in [
            (None, Partition::Commercial, "us-east-1", None),
            (None, Partition::GovCloud, "us-gov-west-1", Some("us-gov-west-1")),
            (None, Partition::China, "cn-north-1", Some("cn-north-1")),
            (Some("eu-central-1"), Partition::Commercial, "eu-central-1", Some("eu-central-1")),
            (Some("eu-central-1"), Partition::GovCloud, "us-gov-west-1", Some("us-gov-west-1")),
            (Some("us-gov-east-1"), Partition::GovCloud, "us-gov-east-1", Some("us-gov-east-1")),
            (Some("cn-northwest-1"), Partition::China, "cn-northwest-1", Some("cn-northwest-1")),
            (Some("cn-northwest-1"), Partition::Commercial, "us-east-1", Some("us-east-1")),
        ] {
            let settings = settings(region);
            assert_eq!(settings.region_in(partition), asked);
            assert_eq!(settings.region_of_credentials(partition).as_deref(), told);
        }
    }

    #[test]
    fn kept_credentials_follow_whoever_uses_them() {
        for (kept, now, used) in [
            (Some("eu-west-1"), Some("us-east-2"), Some("us-east-2")),
            (Some("eu-west-1"), None, None),
            (None, Some("us-east-2"), Some("us-east-2")),
            (None, Some("cn-north-1"), Some("us-east-1")),
            (Some("us-gov-west-1"), Some("us-gov-east-1"), Some("us-gov-east-1")),
            (Some("us-gov-east-1"), Some("eu-west-1"), Some("us-gov-west-1")),
            (Some("cn-northwest-1"), None, Some("cn-north-1")),
        ] {
            let settings = Settings { region: now.map(str::to_owned), ..Default::default() };
            let kept = Credentials { region: kept.map(str::to_owned), ..super::super::credentials::tests::some() };
            assert_eq!(settings.adopt(kept).region.as_deref(), used);
        }
    }

    #[test]
    fn partitions_have_their_names() {
        for partition in Partition::ALL {
            assert_eq!(Partition::of_word(partition.word()), Some(partition));
            assert_eq!(Partition::of_region(partition.region()), partition);
        }
        assert_eq!(Partition::of_word("aws-moon"), None);
    }
}
