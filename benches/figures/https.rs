//! Over TLS, as services are reached: commands beside `curl`, and the handshakes of `p0 serve` beside nginx's.

use crate::{ORGANISATION, Outcome, P0, RUNS, memory, number, print_cost, ratio, run, side_by_side};
use p0_testkit::{Identity, Service, TestEnv};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// Where systems keep the certificates that they trust.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// How long handshakes are counted, each time.
const SLICE: Duration = Duration::from_secs(2);
/// How many slices each server gets, in turns.
const SLICES: usize = 7;

/// A service with a certificate.
fn serve(env: &TestEnv, identity: &Identity) -> Service {
    let cert = env.write("cert.pem", &identity.certificate);
    let key = env.write("key.pem", &identity.key);
    env.serve(&format!("{ORGANISATION}\n[tls]\ncert = {cert:?}\nkey = {key:?}\n"))
}

/// `p0 request` and `p0 ls`, which trust what the system trusts and the service's authority: its certificates are
/// in one file with the system's own, so that there is as much to read as on every machine.
pub(crate) fn commands() -> Outcome {
    let identity = Identity::on_loopback();
    let mut env = TestEnv::new(P0);
    let service = serve(&env, &identity);
    env.use_service(&service);
    let token = service.access_token("asker@example.com", "correct horse battery staple");
    env.set("P0_API_TOKEN", &token);
    let bundle = BUNDLES.iter().find(|path| Path::new(path).exists()).ok_or("the system has no CA certificates")?;
    let trusted = fs::read_to_string(bundle)? + &identity.authority;
    println!("certificates trusted: {}, the system's and one more", trusted.matches("BEGIN CERTIFICATE").count());
    let trusted = env.write("trusted.pem", &trusted);
    env.set("SSL_CERT_FILE", &trusted);

    for words in [&["request", "gcloud", "role", "viewer"][..], &["ls", "gcloud", "role", "names"]] {
        // The token is in a file of curl's, not among its arguments, as `p0` would have it.
        let body = serde_json::json!({ "argv": words, "scriptName": "p0" }).to_string();
        let config = env.write(
            "curl.conf",
            &format!(
                "url = \"{}o/{}/command/\"\nsilent\nfail\nheader = \"authorization: Bearer {token}\"\n\
                 header = \"content-type: application/json\"\ndata = {body:?}\n",
                service.url(),
                service.org()
            ),
        );
        let p0 = || run(Command::new(P0).args(words).env_clear().envs(env.vars()));
        let curl = || run(Command::new("curl").arg("--config").arg(&config).env_clear().envs(env.vars()));
        // The first run makes the request and fills the cache.
        p0()?;
        let (ours, theirs) = side_by_side(RUNS, p0, curl)?;
        let name = words.join(" ");
        print_cost(&format!("p0 {name}, https"), ours);
        print_cost("curl, the same call", theirs);
        ratio("wall time", ours.wall, theirs.wall, "budget 0.25x");
        ratio("CPU time", ours.cpu, theirs.cpu, "budget 0.25x");
        memory(words, Some(env.vars()), "budget 13 MiB")?;
    }
    Ok(())
}

/// Full handshakes per second: TLS 1.3, X25519, ECDSA with P-256, no resumption. nginx has as many workers as there are
/// cores. As the clients use the same cores, the servers' CPU time for each handshake is the sharper figure.
pub(crate) fn handshakes() -> Outcome {
    let identity = Identity::on_loopback();
    let env = TestEnv::new(P0);
    let service = serve(&env, &identity);
    let ours = Server {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, service.url().port().ok_or("no port")?)),
        processes: vec![service.id()],
    };
    let Some(nginx) = Nginx::start(&env)? else {
        println!("nginx is not installed: handshakes are not compared");
        return Ok(());
    };
    let theirs = nginx.server()?;
    let config = client(&identity)?;
    // Each server has been called once.
    slice(&ours, &config, Duration::from_millis(200))?;
    slice(&theirs, &config, Duration::from_millis(200))?;
    let (mut of_p0, mut of_nginx) = (Vec::new(), Vec::new());
    for _ in 0..SLICES {
        of_p0.push(slice(&ours, &config, SLICE)?);
        of_nginx.push(slice(&theirs, &config, SLICE)?);
    }
    let (ours, theirs) = (Rate::median(&of_p0), Rate::median(&of_nginx));
    for (name, rate) in [("p0 serve", ours), ("nginx", theirs)] {
        number(&format!("{name}, full TLS handshakes"), &format!("{:.0} /s", rate.per_second));
        number("  CPU time of the server for each", &format!("{:.0?}", rate.cpu));
    }
    number("  p0 to nginx, by rate", &format!("{:.2}x (budget 0.8x)", ours.per_second / theirs.per_second));
    let by_cpu = theirs.cpu.as_secs_f64() / ours.cpu.as_secs_f64();
    number("  p0 to nginx, by CPU time", &format!("{by_cpu:.2}x (budget 0.8x)"));
    Ok(())
}

struct Server {
    address: SocketAddr,
    processes: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Rate {
    per_second: f64,
    cpu: Duration,
}

impl Rate {
    fn median(rates: &[Self]) -> Self {
        let mut rates = rates.to_vec();
        rates.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        let per_second = rates[rates.len() / 2].per_second;
        rates.sort_by_key(|rate| rate.cpu);
        Self { per_second, cpu: rates[rates.len() / 2].cpu }
    }
}

/// A client that never resumes a session, with the key exchange that OpenSSL 3.0 has, too.
fn client(identity: &Identity) -> Outcome<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(identity.authority.as_bytes())?)?;
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.kx_groups = vec![rustls::crypto::aws_lc_rs::kx_group::X25519];
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// Makes handshakes for a while, from as many threads as keep every core busy.
fn slice(server: &Server, config: &Arc<ClientConfig>, length: Duration) -> Outcome<Rate> {
    let threads = thread::available_parallelism()?.get() * 2;
    let before = cpu_time(&server.processes)?;
    let began = Instant::now();
    let count = thread::scope(|scope| {
        let clients: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut count = 0_u32;
                    while began.elapsed() < length {
                        handshake(server.address, config)?;
                        count += 1;
                    }
                    Outcome::Ok(count)
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked")?).sum::<Outcome<u32>>()
    })?;
    let elapsed = began.elapsed();
    let cpu = cpu_time(&server.processes)?.saturating_sub(before);
    Ok(Rate { per_second: f64::from(count) / elapsed.as_secs_f64(), cpu: cpu / count.max(1) })
}

fn handshake(address: SocketAddr, config: &Arc<ClientConfig>) -> Outcome {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut connection = ClientConnection::new(Arc::clone(config), ServerName::try_from("localhost")?)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    connection.send_close_notify();
    connection.complete_io(&mut stream)?;
    Ok(())
}

/// User and system time.
fn cpu_time(processes: &[u32]) -> Outcome<Duration> {
    let mut ticks = 0;
    for process in processes {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name, in parentheses, can hold spaces. Fields 14 and 15 are the ticks, of which a second has 100.
        let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
        let fields: Vec<_> = fields.split_ascii_whitespace().collect();
        ticks += fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 10))
}

/// nginx, with the certificate in the environment's directory.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    /// Absent if it is not installed.
    fn start(env: &TestEnv) -> Outcome<Option<Self>> {
        let Some(program) =
            ["/usr/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from).into_iter().find(|path| path.exists())
        else {
            return Ok(None);
        };
        // It cannot be told to choose a port.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let dir = env.work_dir();
        let dir = dir.display();
        let config = env.write(
            "nginx.conf",
            &format!(
                "daemon off;\nworker_processes auto;\npid {dir}/nginx.pid;\nerror_log {dir}/nginx.log;\nevents {{}}\n\
                 http {{\naccess_log off;\nclient_body_temp_path {dir}/body;\nproxy_temp_path {dir}/proxy;\n\
                 fastcgi_temp_path {dir}/fastcgi;\nuwsgi_temp_path {dir}/uwsgi;\nscgi_temp_path {dir}/scgi;\n\
                 server {{\nlisten {address} ssl;\nssl_certificate {dir}/cert.pem;\nssl_certificate_key {dir}/key.pem;\n\
                 ssl_protocols TLSv1.2 TLSv1.3;\nreturn 200 ok;\n}}\n}}\n"
            ),
        );
        let child = Command::new(program)
            .arg("-e")
            .arg(env.work_dir().join("nginx.log"))
            .arg("-c")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut nginx = Self { child, address };
        while TcpStream::connect(address).is_err() {
            if let Some(status) = nginx.child.try_wait()? {
                return Err(format!("nginx: {status}").into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(nginx))
    }

    fn server(&self) -> Outcome<Server> {
        let master = self.child.id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        let processes = children.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Server { address: self.address, processes })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end when it does so in an orderly way.
        let id = rustix::process::Pid::from_child(&self.child);
        let _already_gone = rustix::process::kill_process(id, rustix::process::Signal::QUIT);
        drop(self.child.wait());
    }
}
