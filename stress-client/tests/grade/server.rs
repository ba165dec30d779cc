//! A small server of stage 10 with faults to plant, run as a process of its own. Its HTTP is just
//! enough for the checks that start, signal and restart a server; those of the wire have a server
//! of their own in `crates/contract/tests`.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::exit;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// The environment variable that names the planted fault, or `none`.
pub const FAULT: &str = "FAULTY_SERVER";

#[derive(Default)]
struct Core {
    stopped: Option<Instant>,
    is_draining: bool,
    is_closed: bool,
    queue: VecDeque<(String, i64, Instant)>,
    in_hand: usize,
    received: u64,
    processed: u64,
    dropped: u64,
    failed: u64,
    wait_ns: u64,
    lock_wait_ns: u64,
    users: BTreeSet<String>,
    balances: BTreeMap<String, i64>,
    /// A lock for each user, held for `--hold`.
    locks: BTreeMap<String, Arc<Mutex<()>>>,
}

struct Server {
    fault: String,
    flags: Vec<String>,
    core: Mutex<Core>,
    changed: Condvar,
}

pub fn serve(fault: String) -> ! {
    let server = Server {
        fault,
        flags: env::args().skip(1).collect(),
        core: Mutex::default(),
        changed: Condvar::new(),
    };
    let server: &'static Server = Box::leak(Box::new(server));
    server.run()
}

impl Server {
    fn is(&self, fault: &str) -> bool {
        self.fault == fault
    }

    fn flag(&self, name: &str) -> Option<&str> {
        let at = self.flags.iter().position(|flag| flag.strip_prefix("--") == Some(name))?;
        self.flags.get(at + 1).map(String::as_str)
    }

    fn count(&self, name: &str, default: usize) -> usize {
        self.flag(name).map_or(default, |count| count.parse().unwrap())
    }

    fn time(&self, name: &str, default: &str) -> Duration {
        humantime::parse_duration(self.flag(name).unwrap_or(default)).unwrap()
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap()
    }

    fn workers(&self) -> usize {
        self.count("workers", 16)
    }

    fn run(&'static self) -> ! {
        let state = self.flag("state").and_then(|path| fs::read(path).ok()).unwrap_or_default();
        if !state.is_empty() && !self.is("state is not read") {
            let mut core = self.lock();
            core.balances = serde_json::from_slice(&state).unwrap();
            core.users = core.balances.keys().cloned().collect();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _guard = runtime.enter();
        let mut signals = vec![(15, signal(SignalKind::terminate()).unwrap())];
        if !self.is("SIGINT is not caught") {
            signals.push((2, signal(SignalKind::interrupt()).unwrap()));
        }
        if !self.is("SIGHUP is not caught") {
            signals.push((1, signal(SignalKind::hangup()).unwrap()));
        }
        let listener = TcpListener::bind(self.flag("listen").unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let workers = match &*self.fault {
            "workers are serialised" => 1,
            "half of the workers" => self.workers().div_ceil(2),
            _ => self.workers(),
        };
        (0..workers).for_each(|_| drop(thread::spawn(|| self.work())));
        thread::spawn(move || self.accept(&listener));
        println!("listening on http://{address}");
        for (number, mut signal) in signals {
            runtime.spawn(async move {
                loop {
                    signal.recv().await;
                    let stopped = *self.lock().stopped.get_or_insert_with(|| {
                        thread::spawn(|| self.stop());
                        Instant::now()
                    });
                    // Launchers deliver one stop twice.
                    let is_second = stopped.elapsed() > Duration::from_millis(500);
                    if is_second && !self.is("a second signal is ignored") {
                        exit(128 + number);
                    }
                }
            });
        }
        runtime.block_on(std::future::pending())
    }

    fn stop(&self) -> ! {
        if self.is("it exits at once") {
            exit(0);
        }
        self.lock().is_draining = true;
        if !self.is("the drain delay is ignored") {
            sleep(self.time("drain-delay", "0s"));
        }
        self.lock().is_closed = true;
        self.changed.notify_all();
        let deadline = match self.is("the deadline is ignored") {
            true => Duration::from_secs(3600),
            false => self.time("deadline", "10s"),
        };
        let (core, _) = self
            .changed
            .wait_timeout_while(self.lock(), deadline, |core| core.in_hand + core.queue.len() > 0)
            .unwrap();
        let pending = core.in_hand + core.queue.len();
        if let Some(path) = self.flag("state") {
            self.save(path, &serde_json::to_vec(&core.balances).unwrap());
        }
        if !self.is("the last line is missing") {
            println!("{}", self.figures(&core));
        }
        if pending > 0 && !self.is("a loss is not said") {
            eprintln!("{pending} accepted events are lost: the deadline has passed");
            exit(1);
        }
        exit(0)
    }

    fn save(&self, path: &str, bytes: &[u8]) {
        if self.is("state is not written") {
            return;
        }
        if self.is("state is written in place") {
            return fs::write(path, bytes).unwrap();
        }
        let new = format!("{path}.new");
        if fs::write(&new, bytes).and_then(|()| fs::rename(&new, path)).is_err() {
            eprintln!("cannot write {path}");
            exit(1);
        }
    }

    fn figures(&self, core: &Core) -> Value {
        let pending = match self.is("dropped is counted twice") {
            true => (core.in_hand + core.queue.len()) as u64,
            false => core.received.wrapping_sub(core.processed + core.dropped),
        };
        json!({
            "received": core.received, "processed": core.processed, "dropped": core.dropped,
            "pending": pending, "failed": core.failed,
            "total_lock_wait_ns": core.lock_wait_ns, "total_queue_wait_ns": core.wait_ns,
        })
    }

    fn work(&self) {
        loop {
            let mut core = self.lock();
            let (user, amount, queued) = loop {
                if let Some(job) = core.queue.pop_front() {
                    break job;
                }
                core = self.changed.wait(core).unwrap();
            };
            core.in_hand += 1;
            if !self.is("wait times are always 0") {
                core.wait_ns += queued.elapsed().as_nanos() as u64;
            }
            let name = if self.is("one lock for all") { "" } else { &*user };
            let lock = core.locks.entry(name.to_owned()).or_default().clone();
            drop(core);
            sleep(self.time("work", "10ms"));
            let panics = self.flag("panic-user") == Some(&user);
            let before = self.lock().balances.get(&user).copied().unwrap_or(0);
            if self.is("an update is lost") {
                sleep(Duration::from_micros(200));
            }
            let begin = Instant::now();
            let held = lock.lock().unwrap();
            let waited = begin.elapsed();
            sleep(self.time("hold", "1ms"));
            let mut core = self.lock();
            drop(held);
            core.lock_wait_ns += waited.as_nanos() as u64;
            let mut balance = core.balances.get(&user).copied().unwrap_or(0);
            if self.is("an update is lost") {
                balance = before;
            }
            let sum = match self.is("a balance wraps") {
                true => Some(balance.wrapping_add(amount)),
                false => balance.checked_add(amount),
            };
            match sum.filter(|_| !panics) {
                Some(sum) => drop(core.balances.insert(user, sum)),
                None if self.is("failed is not counted") => {}
                None => core.failed += 1,
            }
            core.in_hand -= 1;
            core.processed += 1;
            self.changed.notify_all();
            if panics && self.is("a worker dies of a panic") {
                return;
            }
        }
    }

    /// Decides on an event: accepted, or the reason of the rejection.
    fn offer(&self, user: &str, amount: i64) -> Result<(), &'static str> {
        let mut core = self.lock();
        core.received += 1;
        let capacity = self.count("queue", if self.is("another default") { 500 } else { 1000 })
            + self.workers()
            - usize::from(self.is("queue one short"));
        let is_full = core.queue.len() + core.in_hand >= capacity;
        let is_new = !core.users.contains(user);
        let reason = if core.is_closed {
            Some("shutting_down")
        } else if is_new && core.users.len() >= self.count("max-users", 1_000_000) {
            Some("too_many_users")
        } else if is_full {
            Some("server_busy")
        } else {
            None
        };
        if let Some(reason) = reason {
            core.dropped +=
                1 + u64::from(self.is("dropped is counted twice") || self.is("pending wraps"));
            let lies = match reason {
                "server_busy" => self.is("accepted before it is queued"),
                "shutting_down" => self.is("accepted while closing"),
                _ => false,
            };
            return if lies { Ok(()) } else { Err(reason) };
        }
        core.users.insert(user.to_owned());
        core.queue.push_back((user.to_owned(), amount, Instant::now()));
        self.changed.notify_all();
        Ok(())
    }

    fn accept(&'static self, listener: &TcpListener) {
        // A connection that comes after the close is dropped unanswered.
        for stream in listener.incoming().flatten() {
            if !self.lock().is_closed || self.is("the listener stays open") {
                thread::spawn(move || self.converse(stream));
            }
        }
    }

    fn converse(&self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        loop {
            let (head, body) = loop {
                let mut part = [0; 4096];
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                    let length = head.to_lowercase();
                    let length = length.split("content-length: ").nth(1).unwrap_or("0");
                    let length: usize = length.lines().next().unwrap().trim().parse().unwrap_or(0);
                    if rest.len() >= length {
                        bytes.drain(..head.len() + 4 + length);
                        break (head.to_owned(), rest[..length].to_owned());
                    }
                }
                match stream.read(&mut part) {
                    Ok(count @ 1..) => bytes.extend_from_slice(&part[..count]),
                    _ => return,
                }
            };
            let (status, mut answer) = self.answer(&head, &body);
            if head.starts_with("HEAD") {
                answer.clear();
            }
            let leaves = self.lock().is_draining;
            let fields = if leaves { "Connection: close\r\n" } else { "" };
            let answer = format!(
                "HTTP/1.1 {status} X\r\n{fields}Retry-After: 1\r\nContent-Length: {}\r\n\r\n{answer}",
                answer.len()
            );
            if stream.write_all(answer.as_bytes()).is_err() || leaves {
                return;
            }
        }
    }

    fn answer(&self, head: &str, body: &str) -> (u16, String) {
        let error = |status, reason| {
            (status, json!({ "status": "error", "reason": reason, "detail": reason }).to_string())
        };
        let mut words = head.split(' ');
        match (words.next(), words.next()) {
            (Some("GET"), Some("/balances")) => (200, json!(self.lock().balances).to_string()),
            (Some("GET"), Some("/health")) => {
                match self.lock().is_draining && !self.is("health is always ok") {
                    true => (503, json!({ "status": "draining" }).to_string()),
                    false => (200, json!({ "status": "ok" }).to_string()),
                }
            }
            (Some("GET"), Some("/metrics")) => (200, String::new()),
            (Some("POST"), Some("/")) => {
                let body: Value = serde_json::from_str(body).unwrap_or_default();
                if body["type"] == "metrics" {
                    return (200, self.figures(&self.lock()).to_string());
                }
                let (Some(user), Some(amount)) = (body["user"].as_str(), body["amount"].as_i64())
                else {
                    return error(400, "invalid_json");
                };
                match self.offer(user, amount) {
                    Ok(()) => (202, json!({ "status": "accepted" }).to_string()),
                    Err(reason) => {
                        (503, json!({ "status": "rejected", "reason": reason }).to_string())
                    }
                }
            }
            _ => error(404, "not_found"),
        }
    }
}
