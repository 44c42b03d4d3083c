//! The programs that others make, and `p0` runs: what each is for, and how it is installed here.

use std::{
    ffi::OsStr,
    iter,
    path::{Path, PathBuf},
    process::Command,
};

/// The variables whose values are secrets of p0's own: the bearer token and the password.
pub const SECRETS: [&str; 2] = ["P0_API_TOKEN", "P0_PASSWORD"];

/// A program to start. It does not inherit p0's own secrets: it could log them, or send them elsewhere as `ssh` does with
/// `SendEnv`. What runs p0 again adds what that needs.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in SECRETS {
        command.env_remove(name);
    }
    command
}

/// A program that others make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// What it is run as.
    pub name: &'static str,
    /// What makes it tell its version without asking anybody.
    pub version: &'static [&'static str],
    /// What does not work without it.
    pub purpose: &'static str,
    /// Where it is had from.
    pub from: &'static str,
}

pub const ALL: [Program; 6] = [
    Program {
        name: "ssh",
        version: &["-V"],
        purpose: "sessions on machines",
        from: "the system's OpenSSH client (Debian: openssh-client)",
    },
    Program {
        name: "aws",
        version: &["--version"],
        purpose: "sessions on AWS machines",
        from: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    },
    Program {
        name: "session-manager-plugin",
        version: &["--version"],
        purpose: "sessions on AWS machines",
        from: "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html",
    },
    Program {
        name: "gcloud",
        version: &["version"],
        purpose: "sessions on Google Cloud machines",
        from: "https://cloud.google.com/sdk/docs/install",
    },
    Program {
        name: "az",
        version: &["version", "--query", "\"azure-cli\"", "--output", "tsv"],
        purpose: "sessions on Azure machines",
        from: "https://learn.microsoft.com/cli/azure/install-azure-cli",
    },
    Program {
        name: "kubectl",
        version: &["version", "--client"],
        purpose: "Kubernetes clusters",
        from: "https://kubernetes.io/docs/tasks/tools/",
    },
];

/// The program of this name, if it is one of them.
pub fn named(name: &str) -> Option<&'static Program> {
    ALL.iter().find(|program| program.name == name)
}

/// Where a program is. It is not run, so nothing rests on what is there staying there.
pub fn find(program: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    let is_there = |file: &PathBuf| file.metadata().is_ok_and(|metadata| metadata.is_file());
    let files = files(program, cfg!(windows));
    if program.components().count() > 1 {
        return files.into_iter().find(is_there);
    }
    std::env::split_paths(path?)
        .flat_map(|dir| files.iter().map(move |file| dir.join(file)).collect::<Vec<_>>())
        .find(is_there)
}

/// A program as the system is to start it: as it stands; on Windows where it is, with the ending of its name, since the
/// system itself looks for `.exe` alone, and `gcloud` and `az` are scripts (`.cmd`).
pub fn startable(program: &OsStr, path: Option<&OsStr>) -> PathBuf {
    let found = if cfg!(windows) { find(Path::new(program), path) } else { None };
    found.unwrap_or_else(|| program.into())
}

/// A program of these as the system finds it without being told where it is: on Windows, two of them are scripts, for which it
/// does not look of itself.
pub fn file(name: &OsStr) -> &OsStr {
    ending(name, cfg!(windows))
}

fn ending(name: &OsStr, windows: bool) -> &OsStr {
    match name.to_str() {
        Some("gcloud") if windows => OsStr::new("gcloud.cmd"),
        Some("az") if windows => OsStr::new("az.cmd"),
        _ => name,
    }
}

/// The files that a program's name may stand for. On Windows programs have an ending, and a file without one is none, even
/// though there often is one beside them: a script for another system.
fn files(program: &Path, windows: bool) -> Vec<PathBuf> {
    const ENDINGS: [&str; 3] = ["exe", "cmd", "bat"];
    let ended = |ending: &OsStr| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known));
    if !windows || program.extension().is_some_and(ended) {
        return vec![program.to_owned()];
    }
    let with = |ending| {
        let mut name = program.as_os_str().to_owned();
        name.extend([".", ending].map(OsStr::new));
        name.into()
    };
    ENDINGS.map(with).to_vec()
}

/// A system, by what installs programs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Debian,
    /// Ubuntu: `apt-get`, and `snap` for what its archive lacks.
    Ubuntu,
    Fedora,
    /// Red Hat Enterprise Linux and what is built from it: `dnf`, with fewer packages.
    Rhel,
    Arch,
    MacOs,
    Windows,
    Other,
}

impl System {
    /// The system of this name ([`std::env::consts::OS`]) and, on Linux, of this text of `/etc/os-release`
    /// (os-release(5)).
    pub fn from_os_release(os: &str, release: &str) -> Self {
        match os {
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            "linux" => {
                let ids = field(release, "ID").into_iter().chain(field(release, "ID_LIKE"));
                ids.flat_map(str::split_ascii_whitespace).find_map(Self::linux).unwrap_or(Self::Other)
            }
            _ => Self::Other,
        }
    }

    fn linux(id: &str) -> Option<Self> {
        match id {
            "debian" => Some(Self::Debian),
            "ubuntu" => Some(Self::Ubuntu),
            "fedora" => Some(Self::Fedora),
            "rhel" | "centos" => Some(Self::Rhel),
            "arch" => Some(Self::Arch),
            // It calls itself like Fedora, and has other packages.
            "amzn" => Some(Self::Other),
            _ => None,
        }
    }

    /// Whether its installing is done in a shell that can be asked to do it.
    pub const fn can_be_offered(self) -> bool {
        !matches!(self, Self::Windows | Self::Other)
    }
}

fn field<'a>(release: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix('=');
    release.lines().find_map(value).map(|value| value.trim().trim_matches(['"', '\'']))
}

/// A line for a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Run by the user.
    User(String),
    Root(String),
}

impl Step {
    /// The line as a user types it who is root, or is not.
    pub fn line(&self, is_root: bool) -> String {
        match self {
            Self::Root(line) if !is_root => format!("sudo {line}"),
            Self::User(line) | Self::Root(line) => line.clone(),
        }
    }
}

/// What installs a program on a system, with files that it fetches put where it runs; `arm`: on a 64-bit ARM processor.
/// Empty where there is no short way. Nothing in it is from outside.
pub fn steps(name: &str, system: System, arm: bool) -> Vec<Step> {
    let root = |line: &str| Step::Root(line.to_owned());
    let user = |line: &str| Step::User(line.to_owned());
    let apt = |package: &str| vec![root("apt-get update"), root(&format!("apt-get install -y {package}"))];
    let snap = |package: &str| vec![root(&format!("snap install --classic {package}"))];
    let dnf = |package: &str| vec![root(&format!("dnf install -y {package}"))];
    let pacman = |package: &str| vec![root(&format!("pacman -S --noconfirm {package}"))];
    let brew = |package: &str| vec![user(&format!("brew install {package}"))];
    let winget = |package: &str| vec![user(&format!("winget install --exact --id {package}"))];
    match (name, system) {
        ("ssh", System::Debian | System::Ubuntu) => apt("openssh-client"),
        ("ssh", System::Fedora | System::Rhel) => dnf("openssh-clients"),
        ("ssh", System::Arch) => pacman("openssh"),
        ("ssh", System::MacOs) => brew("openssh"),
        ("ssh", System::Windows) => vec![user("Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0")],

        ("aws", System::Debian) => apt("awscli"),
        ("aws", System::Ubuntu) => snap("aws-cli"),
        ("aws", System::Fedora | System::Rhel) => dnf("awscli2"),
        ("aws", System::Arch) => pacman("aws-cli-v2"),
        ("aws", System::MacOs) => brew("awscli"),
        ("aws", System::Windows) => winget("Amazon.AWSCLI"),

        ("session-manager-plugin", System::Debian | System::Ubuntu) => {
            let url = plugin(if arm { "ubuntu_arm64" } else { "ubuntu_64bit" }, "deb");
            vec![user(&format!("curl -fsSLO {url}")), root("dpkg -i session-manager-plugin.deb")]
        }
        ("session-manager-plugin", System::Fedora | System::Rhel) => {
            dnf(&plugin(if arm { "linux_arm64" } else { "linux_64bit" }, "rpm"))
        }
        ("session-manager-plugin", System::MacOs) => brew("--cask session-manager-plugin"),
        ("session-manager-plugin", System::Windows) => winget("Amazon.SessionManagerPlugin"),

        ("gcloud", System::Debian | System::Ubuntu) => {
            let source = "deb [signed-by=/usr/share/keyrings/cloud.google.asc] https://packages.cloud.google.com/apt cloud-sdk main";
            let mut steps = vec![
                user("curl -fsSLo cloud.google.asc https://packages.cloud.google.com/apt/doc/apt-key.gpg"),
                root("install -m 644 cloud.google.asc /usr/share/keyrings/cloud.google.asc"),
                root(&format!("sh -c 'echo \"{source}\" > /etc/apt/sources.list.d/google-cloud-sdk.list'")),
            ];
            steps.extend(apt("google-cloud-cli"));
            steps
        }
        ("gcloud", System::MacOs) => brew("--cask gcloud-cli"),
        ("gcloud", System::Windows) => winget("Google.CloudSDK"),

        ("az", System::Debian | System::Ubuntu) => apt("azure-cli"),
        ("az", System::Fedora) => dnf("azure-cli"),
        ("az", System::Arch) => pacman("azure-cli"),
        ("az", System::MacOs) => brew("azure-cli"),
        ("az", System::Windows) => winget("Microsoft.AzureCLI"),

        ("kubectl", System::Debian) => apt("kubernetes-client"),
        ("kubectl", System::Ubuntu) => snap("kubectl"),
        ("kubectl", System::Fedora) => dnf("kubernetes-client"),
        ("kubectl", System::Arch) => pacman("kubectl"),
        ("kubectl", System::MacOs) => brew("kubernetes-cli"),
        ("kubectl", System::Windows) => winget("Kubernetes.kubectl"),

        _ => Vec::new(),
    }
}

/// What there is to know of a machine to install programs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalSystem {
    pub system: System,
    /// It has a 64-bit ARM processor.
    pub arm: bool,
    /// The user is root.
    pub is_root: bool,
}

impl LocalSystem {
    /// This machine, with this text of `/etc/os-release`.
    pub fn new(release: &str, is_root: bool) -> Self {
        let arm = std::env::consts::ARCH == "aarch64";
        Self { system: System::from_os_release(std::env::consts::OS, release), arm, is_root }
    }

    /// The lines that install a program here, for a shell; empty where there is no short way.
    pub fn lines(&self, name: &str) -> Vec<String> {
        steps(name, self.system, self.arm).iter().map(|step| step.line(self.is_root)).collect()
    }

    /// The same for people: those lines, or where to look.
    pub fn advice(&self, program: &Program) -> Vec<String> {
        match self.lines(program.name) {
            lines if lines.is_empty() => vec![format!("To install it, see: {}", program.from)],
            lines => {
                let begin = iter::once("To install it").chain(iter::repeat("Then"));
                begin.zip(lines).map(|(begin, line)| format!("{begin}: {line}")).collect()
            }
        }
    }
}

/// Where AWS offers its plugin.
fn plugin(directory: &str, kind: &str) -> String {
    format!(
        "https://s3.amazonaws.com/session-manager-downloads/plugin/latest/{directory}/session-manager-plugin.{kind}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_known_by_what_they_say_of_themselves() {
        for (release, expected) in [
            ("NAME=\"Debian GNU/Linux\"\nID=debian\n", System::Debian),
            ("ID=ubuntu\nID_LIKE=debian\n", System::Ubuntu),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", System::Ubuntu),
            ("ID=raspbian\nID_LIKE=debian\n", System::Debian),
            ("ID=fedora\n", System::Fedora),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", System::Rhel),
            ("ID='centos'\nID_LIKE='rhel fedora'\n", System::Rhel),
            ("ID=\"amzn\"\nID_LIKE=\"fedora\"\n", System::Other),
            ("ID=manjaro\nID_LIKE=arch\n", System::Arch),
            ("ID=alpine\n", System::Other),
            ("", System::Other),
            ("VERSION_ID=debian\nXID=arch\n", System::Other),
        ] {
            assert_eq!(System::from_os_release("linux", release), expected, "{release}");
        }
        assert_eq!(System::from_os_release("macos", "ID=debian"), System::MacOs);
        assert_eq!(System::from_os_release("windows", ""), System::Windows);
        assert_eq!(System::from_os_release("freebsd", "ID=debian"), System::Other);
    }

    #[test]
    fn on_windows_some_programs_are_scripts() {
        for (name, expected) in [("az", "az.cmd"), ("gcloud", "gcloud.cmd"), ("aws", "aws"), ("C:\\az", "C:\\az")] {
            assert_eq!(ending(name.as_ref(), true), expected);
            assert_eq!(ending(name.as_ref(), false), name);
        }
    }

    #[test]
    fn on_windows_a_program_has_an_ending() {
        for (name, expected) in [
            ("az", &["az.exe", "az.cmd", "az.bat"][..]),
            ("tools/python3.12", &["tools/python3.12.exe", "tools/python3.12.cmd", "tools/python3.12.bat"]),
            ("kubectl.EXE", &["kubectl.EXE"]),
            ("az.cmd", &["az.cmd"]),
        ] {
            let files = |windows| files(Path::new(name), windows);
            assert_eq!(files(true), expected.iter().map(PathBuf::from).collect::<Vec<_>>());
            assert_eq!(files(false), [Path::new(name)]);
        }
    }

    #[test]
    fn every_program_can_be_installed_on_every_system_or_has_an_address() {
        let systems = [
            System::Debian,
            System::Ubuntu,
            System::Fedora,
            System::Rhel,
            System::Arch,
            System::MacOs,
            System::Windows,
            System::Other,
        ];
        // Where the system's own means do not have it, the address is all there is.
        let without = |name: &str, system: System| {
            matches!(
                (name, system),
                (_, System::Other)
                    | ("session-manager-plugin", System::Arch)
                    | ("gcloud", System::Arch | System::Fedora | System::Rhel)
                    | ("az" | "kubectl", System::Rhel)
            )
        };
        for program in ALL {
            assert!(!program.purpose.is_empty() && !program.from.is_empty());
            assert_eq!(named(program.name), Some(&program));
            for system in systems {
                for arm in [false, true] {
                    let steps = steps(program.name, system, arm);
                    assert_eq!(steps.is_empty(), without(program.name, system), "{} {system:?}", program.name);
                }
            }
        }
        assert!(steps("rm", System::Debian, false).is_empty() && named("rm").is_none());
    }

    #[test]
    fn root_is_become_by_who_is_not() {
        let lines = |is_root| -> Vec<_> {
            steps("session-manager-plugin", System::Debian, true).iter().map(|step| step.line(is_root)).collect()
        };
        let fetch = "curl -fsSLO https://s3.amazonaws.com/session-manager-downloads/plugin/latest/ubuntu_arm64/session-manager-plugin.deb";
        assert_eq!(lines(true), [fetch, "dpkg -i session-manager-plugin.deb"]);
        assert_eq!(lines(false), [fetch, "sudo dpkg -i session-manager-plugin.deb"]);
        let here = LocalSystem { system: System::Fedora, arm: false, is_root: false };
        let advice = |name| here.advice(named(name).expect("a program"));
        assert_eq!(advice("ssh"), ["To install it: sudo dnf install -y openssh-clients"]);
        assert_eq!(advice("gcloud"), ["To install it, see: https://cloud.google.com/sdk/docs/install"]);
    }

    #[test]
    fn every_line_is_one_that_a_shell_reads() {
        if !Path::new("/bin/sh").try_exists().expect("looked") {
            return;
        }
        for program in ALL {
            for system in [System::Debian, System::Ubuntu, System::Fedora, System::Rhel, System::Arch, System::MacOs] {
                for step in steps(program.name, system, false) {
                    let line = step.line(false);
                    let read = std::process::Command::new("/bin/sh").args(["-n", "-c", &line]).status().expect("run");
                    assert!(read.success(), "{line}");
                }
            }
        }
    }
}
