//! When kept AWS credentials are renewed, with boto3 as the caller: botocore asks for others on every call once they are
//! valid for less than 15 minutes. The clocks of p0, boto3 and AWS are turned; no test waits.

use crate::{
    aws_scene::{PACKAGES, PYTHON},
    aws_stand_in::{Aws, credentials, granted},
    idp::{from_now, of},
    ssh_patience::Clock,
};
use p0_testkit::{Answer, need, stand_in::Recorded};
use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

const PROCESS: &str = "aws credential-process role Developer --account development";
const TEN_CALLS: &str = "import boto3
sts = boto3.Session(profile_name='dev').client('sts', region_name='us-east-1')
for _ in range(10): sts.get_caller_identity()";

/// A profile whose process is p0, and a log of when that is run.
struct Profile {
    aws: Aws,
    clock: Clock,
    minutes: Arc<AtomicI64>,
}

fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(from_now(seconds)).unwrap().to_string()
}

impl Profile {
    /// Access that ends after so many minutes. `None` where something is missing.
    fn new(access_minutes: i64) -> Option<Self> {
        if !need::all(&[PACKAGES]) {
            return None;
        }
        let minutes = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&minutes);
        let grant_ends = from_now(access_minutes * 60);
        let mut aws = Aws::with(move |path, request: &Recorded| {
            let now = clock.load(Ordering::Relaxed) * 60;
            match (path, of(request).1.get("Action").map(String::as_str)) {
                ("/", Some("AssumeRoleWithSAML")) => {
                    // As the service says in its assertion: for as long as the access, within what AWS allows.
                    let left = grant_ends - from_now(now);
                    Some(credentials(&rfc3339(now + left.clamp(900, 3600))))
                }
                ("/", Some("GetCallerIdentity")) => Some(Answer::status(200).header("content-type", "text/xml").body(
                    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                     <GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/Developer/ada</Arn>\
                     <UserId>AROA:ada</UserId><Account>111122223333</Account></GetCallerIdentityResult>\
                     </GetCallerIdentityResponse>",
                )),
                ("/o/example/command", _) => {
                    let mut granted = granted();
                    granted["request"]["expiryTimestamp"] = (grant_ends * 1000).into();
                    Some(Answer::json(200, &granted))
                }
                _ => None,
            }
        });
        let env = &mut aws.0.env;
        let clock = Clock::in_env(env)?;
        let (program, runs) = (env.program().display().to_string(), env.work_dir().join("runs"));
        let script = format!("#!/bin/sh\necho >> '{}'\nexec '{program}' \"$@\"\n", runs.display());
        let counted = env.tool("counted", &script);
        let config = format!("[profile dev]\ncredential_process = {} {PROCESS}\n", counted.display());
        let config = env.write("config", &config);
        env.set("AWS_CONFIG_FILE", config).set("AWS_EC2_METADATA_DISABLED", "true");
        Some(Self { aws, clock, minutes })
    }

    /// How often ten calls of one boto3 session run the process at this time, and for how many minutes what p0 gives is
    /// valid then.
    fn at(&self, minute: u32) -> (usize, i64) {
        self.minutes.store(i64::from(minute), Ordering::Relaxed);
        self.clock.turn(minute * 60);
        let env = &self.aws.0.env;
        self.clock.of(env.run(format!("{PYTHON}/bin/python")).args(["-c", TEN_CALLS])).run().success();
        let runs = env.work_dir().join("runs");
        let count = fs::read_to_string(&runs).unwrap().lines().count();
        fs::remove_file(runs).unwrap();
        let document = self.clock.of(self.aws.p0(PROCESS)).run().success().ignore_stderr().json();
        let end: jiff::Timestamp = document["Expiration"].as_str().unwrap().parse().unwrap();
        (count, (end.as_second() - from_now(i64::from(minute) * 60)) / 60)
    }

    fn sessions(&self) -> usize {
        let calls = self.aws.0.calls("/");
        calls.iter().filter(|call| call.get("Action").is_some_and(|action| action == "AssumeRoleWithSAML")).count()
    }
}

#[test]
fn boto3_runs_the_process_once_where_the_access_lasts() {
    let Some(profile) = Profile::new(8 * 60) else { return };
    for minute in [0, 43, 45, 50, 58] {
        let (runs, validity) = profile.at(minute);
        assert_eq!(runs, 1, "after {minute} minutes");
        assert!(validity >= 15, "after {minute} minutes: valid for {validity}");
    }
    assert_eq!(profile.sessions(), 2, "renewed once");
}

#[test]
fn credentials_that_end_with_the_access_are_not_renewed() {
    let Some(profile) = Profile::new(55) else { return };
    for minute in [0, 30, 42, 46, 50, 53] {
        let (_, validity) = profile.at(minute);
        assert!((53 - i64::from(minute)..=55 - i64::from(minute)).contains(&validity), "after {minute}: {validity}");
    }
    assert_eq!(profile.sessions(), 1);
}
