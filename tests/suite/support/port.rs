//! Ports of loopback that belong to one test, across processes, for as long as it lives.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};

/// A port below the range from which the system takes ports of outgoing connections. A lock keeps it ours even while the
/// peer on it is stopped.
pub(crate) struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// One that is free now.
    pub(crate) fn free() -> Self {
        const FIRST: u32 = 10_000;
        const COUNT: u32 = 22_000;
        let locks = std::env::temp_dir().join("parte-test-ports");
        std::fs::create_dir_all(&locks).expect("a folder for locks");
        let start = std::process::id().wrapping_mul(7919);
        for step in 0..COUNT {
            let number = FIRST + start.wrapping_add(step) % COUNT;
            let number = u16::try_from(number).expect("below 65536");
            let lock = File::create(locks.join(number.to_string())).expect("a lock file");
            if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Self { number, _lock: lock };
            }
        }
        panic!("no free port between {FIRST} and {}", FIRST + COUNT);
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.number.fmt(f)
    }
}
