//! Whose a connection is. Anybody on this machine can sign in to the service of `p0 dev` as anybody, and so can have a
//! certificate: what keeps them out of the account of whoever runs it is that their connections are not taken.

use rustix::process::geteuid;
use std::{
    io,
    net::{SocketAddr, SocketAddrV4},
};

/// The connections of this network namespace (proc_pid_net(5)).
const TABLE: &str = "/proc/self/net/tcp";
/// `TCP_ESTABLISHED`. A socket that its program has let go of, of which the kernel no longer says whose it was, is in
/// another state.
const ESTABLISHED: &str = "01";

/// Whether the other end of a connection within this machine is a socket of this process's user. Root's are not: root may
/// do anything anyway, but its services also connect for others (a proxy, a container's port).
pub(super) fn is_own(peer: SocketAddr, local: SocketAddr) -> io::Result<bool> {
    let (SocketAddr::V4(peer), SocketAddr::V4(local)) = (peer, local) else { return Ok(false) };
    Ok(owner(&std::fs::read_to_string(TABLE)?, peer, local) == Some(geteuid().as_raw()))
}

/// The user of the socket with this address that is connected to the other one.
fn owner(table: &str, socket: SocketAddrV4, connected_to: SocketAddrV4) -> Option<u32> {
    // The address as the kernel keeps it, read as a number of this machine.
    let shown =
        |address: SocketAddrV4| format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port());
    let (socket, connected_to) = (shown(socket), shown(connected_to));
    table.lines().skip(1).find_map(|line| {
        // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid …
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, local, remote, state, _, _, _, uid, ..] = fields[..] else { return None };
        (local == socket && remote == connected_to && state == ESTABLISHED).then(|| uid.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_connection_of_ones_own_is_known() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let local = listener.local_addr().unwrap();
        let client = TcpStream::connect(local).unwrap();
        let (_server, peer) = listener.accept().unwrap();
        assert!(is_own(peer, local).unwrap());
        // The end that listens is another socket, and what is closed is nobody's.
        assert!(!is_own("127.0.0.1:1".parse().unwrap(), local).unwrap());
        drop(client);
        assert!(!is_own(peer, local).unwrap());
        assert!(!is_own("[::1]:1".parse().unwrap(), local).unwrap());
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_table_is_read_by_its_columns() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n\
           1: 0100007F:A1B2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4 30 10 -1\n\
           2: 0100007F:A1B3 0100007F:1F90 06 00000000:00000000 03:00000A2B 00000000     0        0 0 3 0\n\
           3: nonsense\n";
        let of = |port| {
            let socket = SocketAddrV4::new([127, 0, 0, 1].into(), port);
            owner(table, socket, "127.0.0.1:8080".parse().unwrap())
        };
        assert_eq!(of(0xa1b2), Some(1001));
        for other in [0xa1b3, 0x1f90, 1] {
            assert_eq!(of(other), None, "{other:x}");
        }
    }
}
