//! `p0 serve`: the service as a process.

use crate::harness::{ASKER, PASSWORD, env_with_service};

#[test]
fn a_person_signs_in_and_the_service_knows_them() {
    let (env, service) = env_with_service();
    let token = service.access_token(ASKER, PASSWORD);
    let output = env.p0(["request", "gcloud", "role", "viewer", "--wait"]).env("P0_API_TOKEN", &token).run();
    output.success().stderr_has("Your request was approved").lacks(&token).ignore_stdout();
}

#[test]
fn it_comes_back_after_a_crash() {
    let (_env, mut service) = env_with_service();
    service.kill_9();
    service.restart();
    service.access_token(ASKER, PASSWORD);
    service.stop().success();
}
