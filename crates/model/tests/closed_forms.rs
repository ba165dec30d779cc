//! Compares the simulation with exact results of queueing theory. The random numbers are seeded, so
//! that the results are reproducible; the tolerances allow for the finite length of the runs.
//!
//! Kleinrock: *Queueing Systems, Volume I* (1975), by section; Erlang: *Solution of some problems
//! in the theory of probabilities of significance in automatic telephone exchanges* (1917); Little:
//! *A proof for the queuing formula L = λW* (1961).

use fastrand::Rng;
use model::{Event, EventKind, Job, Load, Placement, Server, Shape, predict, simulate};
use std::time::Duration;

const JOBS: usize = 200_000;

/// Draws an exponential time with this mean, in nanoseconds.
fn exponential(rng: &mut Rng, mean: f64) -> u64 {
    (-(1.0 - rng.f64()).ln() * mean).round() as u64
}

/// Returns Poisson arrivals with a mean interval of a millisecond, one lock, and exponential work
/// and hold.
fn poisson(seed: u64, work: f64, hold: f64) -> impl Iterator<Item = Job> {
    let (mut rng, mut at) = (Rng::with_seed(seed), 0);
    (0..JOBS).map(move |_| {
        at += exponential(&mut rng, 1e6);
        let (work, hold) = (exponential(&mut rng, work), exponential(&mut rng, hold));
        Job { at, shard: 0, work, hold }
    })
}

/// The sums over a run.
#[derive(Default)]
struct Sums {
    accepted: f64,
    rejected: f64,
    /// In nanoseconds, as the two below.
    queue_wait: f64,
    lock_wait: f64,
    age: f64,
    /// The integral of the number of jobs in the system over time.
    inside_time: f64,
    inside: f64,
    end: f64,
}

fn run(shape: Shape, jobs: impl IntoIterator<Item = Job>) -> Sums {
    let mut sums = Sums::default();
    let mut arrived = vec![0; JOBS];
    let mut requested = vec![0; JOBS];
    let jobs = jobs.into_iter().collect::<Vec<_>>();
    simulate(shape, jobs.iter().copied(), |Event { at, job, kind }| {
        let job = job as usize;
        sums.inside_time += sums.inside * (at as f64 - sums.end);
        sums.end = at as f64;
        match kind {
            EventKind::Rejected => sums.rejected += 1.0,
            EventKind::Accepted => {
                arrived[job] = at;
                sums.inside += 1.0;
                sums.accepted += 1.0;
            }
            EventKind::Started { .. } => sums.queue_wait += (at - arrived[job]) as f64,
            EventKind::LockRequested { .. } => requested[job] = at,
            EventKind::Locked { .. } => sums.lock_wait += (at - requested[job]) as f64,
            EventKind::Done { .. } => {
                sums.inside -= 1.0;
                sums.age += (at - arrived[job]) as f64;
            }
        }
    });
    sums
}

fn shape(workers: u32, queue: Option<u64>) -> Shape {
    Shape { workers, queue }
}

fn assert_close(measured: f64, exact: f64, within: f64) {
    assert!((measured / exact - 1.0).abs() < within, "{measured}, exact {exact}");
}

/// Erlang B: the blocking probability of c servers without a queue at offered load `a` (Erlang
/// 1917).
fn erlang_b(servers: u32, a: f64) -> f64 {
    (1..=servers).fold(1.0, |b, n| a * b / (f64::from(n) + a * b))
}

/// Erlang C: the probability of waiting for one of c servers.
fn erlang_c(servers: u32, a: f64) -> f64 {
    let (c, b) = (f64::from(servers), erlang_b(servers, a));
    c * b / (c - a * (1.0 - b))
}

#[test]
fn one_worker_is_m_m_1() {
    // Kleinrock, section 3.2: the mean wait is ρ / (1 − ρ) service times.
    for load in [0.3, 0.5, 0.7] {
        let sums = run(shape(1, None), poisson(1, load * 1e6, 0.0));
        assert_close(sums.queue_wait / sums.accepted, load / (1.0 - load) * load * 1e6, 0.03);
    }
}

#[test]
fn one_lock_is_m_m_1_as_well() {
    // With enough workers, jobs wait for the lock and not for a worker. By Burke's theorem
    // (Kleinrock, section 4.1) exponential work before the lock does not change its arrivals.
    for work in [0.0, 5e6] {
        let sums = run(shape(100_000, Some(0)), poisson(2, work, 0.6e6));
        assert_eq!(sums.rejected, 0.0);
        assert_eq!(sums.queue_wait, 0.0);
        assert_close(sums.lock_wait / sums.accepted, 0.6 / 0.4 * 0.6e6, 0.03);
    }
}

#[test]
fn a_pool_without_a_queue_is_erlang_b() {
    for (workers, offered) in [(1, 0.5), (2, 2.0), (5, 4.0), (16, 20.0)] {
        let sums = run(shape(workers, Some(0)), poisson(3, offered * 1e6, 0.0));
        assert_close(sums.rejected / JOBS as f64, erlang_b(workers, offered), 0.02);
    }
}

#[test]
fn a_pool_with_an_unbounded_queue_is_erlang_c() {
    for (workers, offered) in [(2, 1.4), (5, 4.0), (16, 13.0)] {
        let sums = run(shape(workers, None), poisson(4, offered * 1e6, 0.0));
        let spare = f64::from(workers) - offered;
        let wait = erlang_c(workers, offered) * offered / spare * 1e6;
        assert_close(sums.queue_wait / sums.accepted, wait, 0.04);
    }
}

#[test]
fn a_bounded_queue_is_m_m_c_k() {
    // Kleinrock, sections 3.6 and 3.7: a birth–death process with states from 0 to the capacity.
    for (workers, queue, offered) in [(1, 4, 0.9), (1, 10, 1.5), (4, 6, 3.5), (8, 3, 9.0)] {
        let mut states = vec![1.0_f64];
        for n in 1..=(u64::from(workers) + queue) {
            states.push(states[n as usize - 1] * offered / n.min(workers.into()) as f64);
        }
        let full = states[states.len() - 1] / states.iter().sum::<f64>();
        let sums = run(shape(workers, Some(queue)), poisson(5, offered * 1e6, 0.0));
        assert_close(sums.rejected / JOBS as f64, full, 0.03);
    }
}

#[test]
fn a_busy_pool_and_its_lock_are_the_machine_repair_model() {
    // Kleinrock, section 3.8: the workers are the machines, the lock is the repairer.
    let (work, hold) = (10e6, 1e6);
    for workers in [1_u32, 4, 11, 16] {
        let mut states = vec![1.0_f64];
        for n in 1..=workers {
            let up = f64::from(workers - n + 1) / work;
            states.push(states[n as usize - 1] * up * hold);
        }
        let rate = (1.0 - states[0] / states.iter().sum::<f64>()) / hold;
        let all_at_once = poisson(6, work, hold).map(|job| Job { at: 0, ..job });
        let sums = run(shape(workers, None), all_at_once);
        assert_close(sums.accepted / sums.end, rate, 0.01);
    }
}

#[test]
fn littles_law_holds_in_any_configuration() {
    // L = λW is an identity over a run that starts and ends empty (Little 1961).
    for (workers, queue, work, hold) in
        [(1, None, 0.7e6, 0.0), (4, Some(3), 5e6, 0.5e6), (16, Some(100), 9e6, 1e6)]
    {
        let sums = run(shape(workers, queue), poisson(7, work, hold));
        assert_eq!(sums.inside, 0.0);
        assert_close(sums.inside_time, sums.age, 1e-9);
    }
}

#[test]
fn d_d_c_has_no_wait_up_to_its_capacity_and_rejects_the_rest_above() {
    let server = |workers, work, queue| Server {
        workers,
        work: Duration::from_millis(work),
        hold: Duration::ZERO,
        queue,
        ..Server::default()
    };
    for workers in [1_u32, 3, 10] {
        // At exactly its capacity, every arrival coincides with a completion.
        let load = Load { rate: f64::from(workers) * 10.0, requests: 3_000, ..Load::default() };
        let kept = predict(&server(workers, 100, Some(0)), &load, Placement::InTurn);
        assert_eq!((kept.accepted, kept.queue_wait.max), (3_000, Duration::ZERO));
        // At twice its capacity, every second job is rejected, except for those that are queued.
        let twice = Load { rate: load.rate * 2.0, ..load };
        let half = predict(&server(workers, 100, Some(0)), &twice, Placement::InTurn);
        assert_eq!(half.accepted, 1_500);
        // The jobs run in batches of c, one for each worker.
        let queued = predict(&server(workers, 100, None), &twice, Placement::InTurn);
        assert_eq!(queued.accepted, 3_000);
        let batches = 3_000 / workers;
        assert_eq!(
            queued.total,
            Duration::from_millis(100) * batches + stagger(workers, twice.rate)
        );
    }
}

/// Returns the time from the first arrival to the last of the first `workers` arrivals.
fn stagger(workers: u32, rate: f64) -> Duration {
    Duration::from_nanos(model::arrival(u64::from(workers) - 1, rate))
}
