//! Tests the rules of the model one by one, and their edge cases.

use model::{
    Event, EventKind, Job, Load, Placement, Prediction, Server, Shape, accepted_without_lock,
    arrival, jobs, limits, predict, simulate,
};
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn server(workers: u32, queue: u64, work: u64, hold: u64) -> Server {
    Server { workers, queue: Some(queue), work: ms(work), hold: ms(hold), ..Server::default() }
}

fn load(rate: f64, requests: u64) -> Load {
    Load { rate, requests, ..Load::default() }
}

fn predict_in_turn(server: &Server, load: &Load) -> Prediction {
    predict(server, load, Placement::InTurn)
}

fn events(server: &Server, load: &Load) -> Vec<Event> {
    let mut events = Vec::new();
    let jobs = jobs(server, load, Placement::InTurn);
    simulate(server.shape(), jobs, |event| events.push(event));
    events
}

#[test]
fn the_capacity_is_exactly_queue_plus_workers() {
    for (workers, queue) in [(1, 0), (1, 100), (16, 0), (16, 100), (3, 1)] {
        // All arrive within a microsecond, and a job takes a second.
        let all = predict_in_turn(&server(workers, queue, 1_000, 0), &load(1e9, 1_000));
        assert_eq!(all.accepted, queue + u64::from(workers));
        assert_eq!(all.longest_queue, queue);
        assert_eq!(all.done, 0);
    }
}

#[test]
fn a_completion_comes_before_an_arrival_at_the_same_time() {
    let server = server(1, 0, 10, 0);
    assert_eq!(predict_in_turn(&server, &load(100.0, 50)).accepted, 50);
    // At a slightly higher rate, every second job finds the worker busy.
    assert_eq!(predict_in_turn(&server, &load(100.001, 50)).accepted, 25);
    // The rule applies to the sum of work and hold.
    let both = Server { work: ms(4), hold: ms(6), ..server };
    assert_eq!(predict_in_turn(&both, &load(100.0, 50)).accepted, 50);
}

#[test]
fn a_job_that_takes_no_time_is_always_accepted() {
    let lag = Server { timer_lag: ms(7), hold_lag: Some(ms(9)), ..server(1, 0, 0, 0) };
    let all = predict_in_turn(&lag, &load(1e9, 1_000));
    assert_eq!((all.accepted, all.done, all.age.max), (1_000, 1_000, Duration::ZERO));
    assert_eq!(limits(&lag, &load(1e9, 1)).lowest(), None);
}

#[test]
fn only_a_sleep_has_a_lag() {
    let age = |server: Server| predict_in_turn(&server, &load(1.0, 1)).age.max;
    let lag = |work, hold| Server { timer_lag: ms(1), ..server(1, 0, work, hold) };
    assert_eq!(age(lag(10, 5)), ms(17));
    assert_eq!(age(lag(10, 0)), ms(11));
    assert_eq!(age(lag(0, 5)), ms(6));
    assert_eq!(age(Server { hold_lag: Some(ms(3)), ..lag(10, 5) }), ms(19));
    assert_eq!(age(Server { hold_lag: Some(ms(0)), ..lag(10, 5) }), ms(16));
    assert_eq!(age(Server { hold_lag: Some(ms(3)), ..lag(10, 0) }), ms(11));
}

#[test]
fn an_arrival_at_a_whole_number_of_nanoseconds_is_exact() {
    for (i, rate, at) in [
        (0, 12_937.0, 0),
        (12_937, 12_937.0, 1_000_000_000),
        (9_999_999, 1e6, 9_999_999_000),
        (3, 0.2, 15_000_000_000),
        (25_875, 12_937.5, 2_000_000_000),
        (3, 0.3, 10_000_000_000),
        (1, 3.0, 333_333_333),
        (2, 3.0, 666_666_667),
    ] {
        assert_eq!(arrival(i, rate), at, "{i} at {rate}");
    }
}

#[test]
fn a_single_request_takes_no_time_to_send() {
    let one = predict_in_turn(&Server::default(), &load(12_937.0, 1));
    assert_eq!((one.accepted, one.rejected, one.done), (1, 0, 0));
    assert_eq!((one.sending, one.total, one.rate), (ms(0), ms(110), None));
    let none = predict_in_turn(&Server::default(), &load(12_937.0, 0));
    assert_eq!((none.sent, none.total, none.workers, none.busiest_lock), (0, ms(0), None, None));
}

#[test]
fn users_are_placed_in_shards_in_turn() {
    // Ten users in four shards: two shards have three of them, two have two.
    let server = Server { shards: 4, workers: 10, ..server(10, 0, 0, 10) };
    let ten = predict_in_turn(&server, &load(1e9, 10));
    assert!(ten.total < ms(31) && ten.total >= ms(30), "{ten:?}");
    // A prime number of shards.
    let seven = predict_in_turn(&Server { shards: 7, ..server.clone() }, &load(1e9, 10));
    assert!(seven.total < ms(21) && seven.total >= ms(20), "{seven:?}");
    // More shards than users make no difference.
    let wide =
        |shards| predict_in_turn(&Server { shards, ..server.clone() }, &load(5_000.0, 2_000));
    assert_eq!(wide(10), wide(u32::MAX));
    assert_eq!(limits(&Server { shards: 64, ..server }, &load(1.0, 1)).locks, Some(1_000.0));
}

#[test]
fn each_accepted_job_has_all_events_in_order() {
    for (workers, queue, work, hold, shards) in
        [(16, 100, 100, 10, 1), (3, 0, 0, 10, 2), (4, 9, 10, 0, 3), (1, 1, 1, 1, 1)]
    {
        let server = Server { shards, ..server(workers, queue, work, hold) };
        let events = events(&server, &load(1_500.0, 1_000));
        assert!(events.is_sorted_by_key(|event| event.at));
        let mut steps = vec![Vec::new(); 1_000];
        for Event { job, kind, .. } in events {
            steps[job as usize].push(kind);
        }
        for steps in steps {
            match steps[..] {
                [EventKind::Rejected] => {}
                [
                    EventKind::Accepted,
                    EventKind::Started { worker },
                    EventKind::LockRequested { worker: requested },
                    EventKind::Locked { worker: locked },
                    EventKind::Done { worker: done },
                ] => assert_eq!((requested, locked, done), (worker, worker, worker)),
                _ => panic!("{steps:?}"),
            }
        }
        let prediction = predict_in_turn(&server, &load(1_500.0, 1_000));
        assert_eq!(prediction.sent, prediction.accepted + prediction.rejected);
    }
}

#[test]
fn the_idle_worker_with_the_lowest_number_takes_a_job() {
    // Three jobs at once, and two more when all workers are idle again.
    let at = [0, 0, 0, 50, 50].into_iter();
    let jobs = at.map(|at| Job { at, shard: 0, work: 10, hold: 0 });
    let mut workers = Vec::new();
    simulate(Shape { workers: 9, queue: None }, jobs, |event| {
        if let EventKind::Started { worker } = event.kind {
            workers.push(worker);
        }
    });
    assert_eq!(workers, [0, 1, 2, 0, 1]);
}

#[test]
fn a_seed_reproduces_a_draw_and_another_does_not() {
    let server = Server { shards: 64, queue: Some(1_000), ..server(16, 1_000, 10, 1) };
    let load = load(10_799.0, 5_000);
    let drawn = |seed| predict(&server, &load, Placement::Drawn { seed });
    assert_eq!(drawn(1), drawn(1));
    assert!((0..20).any(|seed| drawn(seed).accepted != drawn(1).accepted));
    // 6,400 users in 64 shards: a hundred in each, within four standard deviations.
    let many = Load { users: 6_400, requests: 6_400, ..load };
    let mut counts = [0; 64];
    for job in jobs(&server, &many, Placement::Drawn { seed: 3 }) {
        counts[job.shard as usize] += 1;
    }
    assert!(counts.iter().all(|count| (60..=140).contains(count)), "{counts:?}");
}

#[test]
fn the_documented_run_of_stage_7_without_lag() {
    let stage7 = predict_in_turn(&Server::default(), &Load::default());
    assert_eq!((stage7.accepted, stage7.rejected), (144, 4_856));
    assert_eq!((stage7.rate, stage7.longest_queue), (Some(100.0), 100));
    // Without lock waits only twenty more are accepted.
    assert_eq!(accepted_without_lock(&Server::default(), &Load::default()), 164);
    let limits = limits(&Server::default(), &Load::default());
    assert_eq!(limits.locks, Some(100.0));
    assert!((limits.workers.unwrap() - 16.0 / 0.11).abs() < 1e-9);
}

#[test]
fn the_throughput_is_constant_from_eleven_workers_on() {
    let rate = |workers| {
        let server = server(workers, 100, 100, 10);
        predict_in_turn(&server, &load(2_000.0, 40_000)).rate.unwrap()
    };
    for (workers, jobs) in [(1, 100.0 / 11.0), (4, 400.0 / 11.0), (11, 100.0), (16, 100.0)] {
        assert!((rate(workers) / jobs - 1.0).abs() < 0.01, "{workers}: {}", rate(workers));
    }
}

#[test]
fn the_rate_covers_whole_turns_of_the_pool() {
    // The workers finish in a burst, then none does for a while. Over a window that ends within a
    // burst the rate would exceed the limit of the workers.
    let server = Server { shards: 10, queue: Some(1_000), ..server(16, 0, 11, 1) };
    let ten = predict_in_turn(&server, &load(10_799.0, 5_000));
    let limit = limits(&server, &load(10_799.0, 5_000)).lowest().unwrap();
    assert!((ten.rate.unwrap() / limit - 1.0).abs() < 0.001, "{ten:?}, limit {limit}");
    // The pool never completes a turn; its lock still does ten jobs a second.
    let wide = predict_in_turn(&self::server(4_096, 0, 0, 100), &load(1_000.0, 10_000));
    assert!((wide.rate.unwrap() - 10.0).abs() < 1e-9, "{wide:?}");
}

#[test]
fn extreme_times_saturate() {
    let forever = Server { work: Duration::MAX, hold: Duration::MAX, ..Server::default() };
    let all = predict_in_turn(&forever, &load(12_937.0, 300));
    assert_eq!((all.accepted, all.done), (116, 0));
    // Times saturate at 584 years.
    let late = predict_in_turn(&forever, &load(1e-12, 300));
    assert_eq!(late.total, Duration::from_nanos(u64::MAX));
}
