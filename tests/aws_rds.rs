//! `p0 aws rds generate-db-auth-token`: from the prompt into a real PostgreSQL, with the real service as identity provider
//! and moto as AWS. PostgreSQL does not know of AWS: the test makes the token the user's password.

use crate::{aws_scene::Signed, harness::ASKER};
use p0_testkit::{Invocation, Postgres, TestEnv, need, postgres};
use std::{fs, path::PathBuf};

const COMMAND: &str = "aws rds generate-db-auth-token --arch postgres --role readonly";
const MYSQL: &str = "aws rds generate-db-auth-token --arch mysql --role reader";

const DATABASES: &str = r#"
[[policies]]
name = "databases"
requestor = { type = "group", groups = [{ id = "everybody" }] }
resource = { type = "integration", service = "postgres" }
approval = [{ type = "auto", services = ["web"] }]

[[policies]]
name = "more databases"
requestor = { type = "group", groups = [{ id = "everybody" }] }
resource = { type = "integration", service = "mysql" }
approval = [{ type = "auto", services = ["web"] }]

[integrations.postgres]
provisioner = { kind = "simulated", delay_ms = 20 }

[integrations.postgres.resources]
instance = [
  { key = "orders", value = "Orders", properties = { account = "111122223333", arn = "arn:aws:rds:eu-west-1:111122223333:db:orders", aws-role = "DatabaseAccess", vpc-id = "vpc-1" } },
  { key = "attic", value = "Attic" },
]
database = [{ key = "orders", parent = "orders" }, { key = "invoices", parent = "orders" }]
role = [{ key = "readonly", parent = "orders" }, { key = "dusty", parent = "attic" }]

[integrations.postgres.installed.orders]
hostname = "localhost"
port = 5432
defaultDb = "orders"

[integrations.postgres.installed.attic]
hostname = "attic.example.com"
port = 5432

[integrations.mysql]
provisioner = { kind = "simulated", delay_ms = 20 }

[integrations.mysql.resources]
instance = [{ key = "shop", value = "Shop", properties = { account = "111122223333", arn = "arn:aws:rds:us-east-1:111122223333:db:shop", aws-role = "DatabaseAccess", vpc-id = "vpc-1" } }]
role = [{ key = "reader", parent = "shop" }]

[integrations.mysql.installed.shop]
hostname = "shop.example.com"
port = 3306
defaultDb = "catalogue"
"#;

/// Adds databases, of which PostgreSQL's `orders` listens here.
fn add_databases(config: &mut toml::Table, port: u16) {
    let databases: toml::Table = DATABASES.parse().unwrap();
    let mut integrations = databases["integrations"].as_table().unwrap().clone();
    integrations["postgres"]["installed"]["orders"]["port"] = i64::from(port).into();
    config["integrations"].as_table_mut().unwrap().extend(integrations);
    let mut policies = databases["policies"].as_array().unwrap().clone();
    policies.append(config["policies"].as_array_mut().unwrap());
    config.insert("policies".into(), policies.into());
}

/// Somebody who is signed in, with databases that are nowhere.
fn signed() -> Option<Signed> {
    Signed::with(|config| add_databases(config, 5432))
}

/// The same, with the database that is there.
fn with_postgres() -> Option<(Signed, Postgres)> {
    if !need::all(&postgres::NEEDS) {
        return None;
    }
    let home = TestEnv::new("");
    let database = Postgres::start(&home);
    database.sql(&home, &format!("CREATE ROLE \"{ASKER}\" LOGIN")).stdout_is("");
    for name in ["orders", "invoices"] {
        database.sql(&home, &format!("CREATE DATABASE {name}")).stdout_is("");
    }
    Some((Signed::with(|config| add_databases(config, database.port()))?, database))
}

/// Makes the token that it is given the user's password, as Amazon RDS would take it for one, and runs psql.
fn script(database: &Postgres) -> String {
    let (socket, port) = (database.socket().display(), database.port());
    format!(
        "psql -qh {socket} -p {port} -U admin -d postgres -c \"ALTER ROLE \\\"$PGUSER\\\" PASSWORD '$PGPASSWORD'\" && \
         exec psql -Atc 'SELECT current_user, current_database(), ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'"
    )
}

fn certificates(signed: &Signed, database: &Postgres) -> PathBuf {
    let text = fs::read_to_string(database.certificate()).unwrap();
    signed.scene.env.write(signed.scene.env.home_dir().join(".postgresql/root.crt"), &text)
}

fn run(signed: &Signed, line: &str, tool: &[&str]) -> Invocation {
    signed.line(line).arg("--").args(tool)
}

#[test]
fn psql_comes_in_with_everything_set() {
    let Some((signed, database)) = with_postgres() else { return };
    certificates(&signed, &database);
    let script = script(&database);
    let output = run(&signed, COMMAND, &["sh", "-c", &script])
        // What would go before, or lead astray.
        .env("PGHOSTADDR", "192.0.2.1")
        .env("PGSERVICE", "other")
        .env("PGDATABASE", "postgres")
        .env("PGSSLMODE", "disable")
        .run()
        .success();
    output.ignore_stderr().stdout_is(&format!("{ASKER}|orders|t\n"));
    let other = format!("{COMMAND} --instance Orders --database invoices");
    run(&signed, &other, &["sh", "-c", &script])
        .run()
        .success()
        .ignore_stderr()
        .stdout_is(&format!("{ASKER}|invoices|t\n"));
    // The tool's end is ours.
    run(&signed, COMMAND, &["sh", "-c", "exit 7"]).run().code(7).ignore_stderr();
    run(&signed, COMMAND, &["no-such-tool"]).run().code(127).stderr_has("The tool 'no-such-tool' was not found.");
}

#[test]
fn an_impostor_gets_no_password() {
    let Some((signed, database)) = with_postgres() else { return };
    let other = Postgres::start(&signed.scene.env);
    let file = other.certificate().display().to_string();
    let line = format!("{COMMAND} --ca-file {file}");
    run(&signed, &line, &["psql", "-c", "SELECT 1"]).run().code(2).stderr_has("certificate verify failed");
    // libpq's own variable counts as well.
    let script = script(&database);
    let trusting = run(&signed, COMMAND, &["sh", "-c", &script]).env("PGSSLROOTCERT", database.certificate());
    trusting.run().success().ignore_stderr().stdout_is(&format!("{ASKER}|orders|t\n"));
}

#[test]
fn without_certificates_nothing_is_asked_for() {
    let Some(signed) = signed() else { return };
    run(&signed, COMMAND, &["psql"])
        .run()
        .code(1)
        .stderr_has("psql needs the certificates of Amazon's authorities")
        .stderr_has("https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem")
        .stderr_has("--ca-file FILE");
    run(&signed, MYSQL, &["mysql"])
        .run()
        .code(1)
        .stderr_has("mysql needs the certificates")
        .stderr_has("no file is named");
    run(&signed, &format!("{MYSQL} --ca-file none.pem"), &["mysql"]).run().code(1).stderr_has("cannot read none.pem");
    assert_eq!(signed.scene.requests().len(), 0);
}

#[test]
fn the_token_is_data_and_talk_is_for_a_terminal() {
    let Some(signed) = signed() else { return };
    let output = signed.line(COMMAND).run().success();
    let token = output.stdout().strip_suffix('\n').unwrap();
    for part in [
        "localhost:5432/?Action=connect&DBUser=asker%40example.com&",
        "%2Feu-west-1%2Frds-db%2F",
        "&X-Amz-Expires=900&",
    ] {
        assert!(token.contains(part), "{output}");
    }
    assert_eq!(token.lines().count(), 1);
    assert!(!output.stderr().contains("To connect"), "{output}");
    let document = signed.line(&format!("{MYSQL} --json")).run().success().ignore_stderr().json();
    assert!(document["token"].as_str().unwrap().starts_with("shop.example.com:3306/?"));
    assert_eq!(document["user"], ASKER);
    assert_eq!(document["database"], "catalogue");
    // The second time the access is there.
    signed.line(COMMAND).run().success().stderr_has("Existing access found.").ignore_stdout();
    assert_eq!(signed.files_with("X-Amz-Signature"), Vec::<PathBuf>::new());
    let terminal = signed.line(COMMAND).terminal();
    terminal.wait_for("To connect: psql --host=localhost --port=5432 --username=asker@example.com orders");
    terminal.wait_for("-- psql");
    terminal.finish().success();
}

/// Shows what it is told, and keeps a copy of the file.
const MYSQL_CLIENT: &str =
    "#!/bin/sh\nprintf '%s\\n' \"$@\"\nfile=${1#--defaults-file=}\ncat \"$file\"\nls -l \"$file\" | cut -c1-10\n";

#[test]
fn mysql_is_told_by_a_file_that_goes_away() {
    let Some(signed) = signed() else { return };
    signed.scene.env.tool("mysql", MYSQL_CLIENT);
    let authorities = signed.scene.env.write("rds.pem", "");
    let line = format!("{MYSQL} --ca-file rds.pem");
    let output =
        run(&signed, &line, &["mysql", "-e", "SELECT 1"]).env("MYSQL_PWD", "other").run().success().ignore_stderr();
    let lines: Vec<&str> = output.stdout().lines().collect();
    let file = lines[0].strip_prefix("--defaults-file=").unwrap();
    assert!(!PathBuf::from(file).try_exists().unwrap(), "{file} is left behind");
    assert_eq!(
        lines[1..7],
        ["-e", "SELECT 1", "[client]", "host=\"shop.example.com\"", "port=3306", "user=\"asker@example.com\""]
    );
    assert!(lines[7].starts_with("password=\"shop.example.com:3306/?Action=connect&"), "{output}");
    assert_eq!(lines[8], format!("ssl-ca=\"{}\"", authorities.display()));
    assert!(lines[9..].contains(&"loose-ssl-mode=VERIFY_IDENTITY") && lines[9..].contains(&"database=\"catalogue\""));
    assert_eq!(lines.last(), Some(&"-rw-------"));
    // Another program is told where the file is.
    let script = "grep -c '^password=' \"$P0_MYSQL_OPTIONS\"; echo \"${MYSQL_PWD-none}\"";
    run(&signed, &line, &["sh", "-c", script]).run().success().ignore_stderr().stdout_is("1\nnone\n");
    assert_eq!(signed.files_with("Action=connect"), Vec::<PathBuf>::new());
}

#[test]
fn the_access_can_be_given_back_when_the_client_ends() {
    let Some(signed) = signed() else { return };
    let authorities = signed.scene.env.write("rds.pem", "");
    let line = format!("{COMMAND} --relinquish --ca-file {}", authorities.display());
    run(&signed, &line, &["sh", "-c", "echo \"$P0_PRINCIPAL\""])
        .run()
        .success()
        .stdout_is(&format!("{ASKER}\n"))
        .stderr_has("Access given back.");
    signed.line(&format!("{COMMAND} --relinquish")).run().code(64).stderr_has("there is no tool");
}

#[test]
fn what_is_not_there_is_told_before_anything_is_asked_for() {
    let Some(signed) = signed() else { return };
    let p0 = |line: &str| signed.line(line).run();
    p0("aws rds generate-db-auth-token --arch oracle --role x")
        .code(64)
        .stderr_has("[possible values: mysql, postgres]");
    p0("aws rds generate-db-auth-token --role x").code(64).stderr_has("--arch <ARCH>");
    p0("aws rds generate-db-auth-token --arch mysql").code(64).stderr_has("--role <ROLE>");
    p0("aws rds generate-db-auth-token --arch mysql --role x --sql y").code(64).stderr_has("cannot be used with");
    p0(&format!("{COMMAND} --instance nowhere"))
        .code(1)
        .stderr_has("There is no PostgreSQL instance 'nowhere'.")
        .stderr_has("    Attic (attic)\n    Orders (orders)\n");
    p0(&format!("{COMMAND} --instance attic"))
        .code(1)
        .stderr_has("There are no tokens for the PostgreSQL instance 'attic': it is not on Amazon RDS.");
    assert_eq!(signed.scene.requests().len(), 0);
    let document = p0(&format!("{COMMAND} --instance nowhere --json")).code(1).json();
    assert_eq!(document["kind"], "error");
    // What the service does not know, it says itself.
    p0("aws rds generate-db-auth-token --arch postgres --role no-such-role").code(1).stderr_has("no-such-role");
}

#[test]
fn an_organisation_without_such_databases_says_so() {
    let Some(signed) = Signed::new() else { return };
    signed
        .line(COMMAND)
        .run()
        .code(1)
        .stderr_has("No PostgreSQL instance is installed.")
        .stderr_has("Tell whoever runs");
}
