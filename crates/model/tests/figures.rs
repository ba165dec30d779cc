//! Compares the figures of a prediction with the same figures computed from a list of all events.

use model::{EventKind, Load, Placement, Server, Times, jobs, predict, simulate};
use std::time::Duration;

fn exact_quantile(times: &mut [u64], quantile: f64) -> f64 {
    times.sort_unstable();
    times[((quantile * times.len() as f64).ceil() as usize).max(1) - 1] as f64
}

fn assert_times(predicted: Times, mut times: Vec<u64>) {
    for (predicted, quantile) in
        [(predicted.median, 0.5), (predicted.p99, 0.99), (predicted.max, 1.0)]
    {
        let (predicted, exact) =
            (predicted.as_nanos() as f64, exact_quantile(&mut times, quantile));
        assert!((predicted - exact).abs() <= exact / 1_000.0, "{predicted}, exact {exact}");
    }
}

#[test]
fn times_and_shares_match_the_events() {
    let ms = Duration::from_millis;
    for (workers, queue, shards, work, hold, rate) in [
        (16, Some(100), 1, 100, 10, 12_937.0),
        (16, Some(1_000), 64, 10, 1, 10_799.0),
        (3, Some(0), 2, 0, 7, 333.3),
        (5, None, 4, 20, 3, 400.0),
        (5, Some(9), 1, 3, 0, 5_000.0),
    ] {
        let server =
            Server { workers, queue, shards, work: ms(work), hold: ms(hold), ..Server::default() };
        let load = Load { rate, requests: 2_000, users: 7 };
        let placement = Placement::Drawn { seed: 5 };
        let jobs = || jobs(&server, &load, placement);
        let arrived = jobs().map(|job| job.at).collect::<Vec<_>>();
        let (mut requested, mut locked) = (vec![0; arrived.len()], vec![0; arrived.len()]);
        let [mut queued, mut waited, mut ages] = [const { Vec::new() }; 3];
        let (mut end, mut done) = (0, 0);
        let mut held = vec![0; shards as usize];
        simulate(server.shape(), jobs(), |event| {
            let job = event.job as usize;
            end = event.at;
            match event.kind {
                EventKind::Rejected | EventKind::Accepted => {}
                EventKind::Started { .. } => queued.push(event.at - arrived[job]),
                EventKind::LockRequested { .. } => requested[job] = event.at,
                EventKind::Locked { .. } => {
                    locked[job] = event.at;
                    waited.push(event.at - requested[job]);
                }
                EventKind::Done { .. } => {
                    ages.push(event.at - arrived[job]);
                    done += u64::from(event.at <= arrived[arrived.len() - 1]);
                    let shard = jobs().nth(job).map_or(0, |job| job.shard);
                    held[shard as usize] += event.at - locked[job];
                }
            }
        });
        let predicted = predict(&server, &load, placement);
        assert_eq!((predicted.accepted, predicted.done), (ages.len() as u64, done));
        assert_eq!(predicted.total.as_nanos(), u128::from(end));
        let time = f64::from(workers) * end as f64;
        let shares = predicted.workers.unwrap();
        for (share, sum) in [
            (shares.holding, held.iter().sum::<u64>()),
            (shares.waiting, waited.iter().sum()),
            (shares.working, ages.len() as u64 * work * 1_000_000),
        ] {
            assert!((share - sum as f64 / time).abs() < 1e-9, "{share}");
        }
        let all = shares.working + shares.waiting + shares.holding + shares.idle;
        assert!((all - 1.0).abs() < 1e-9 && shares.idle > -1e-9, "{shares:?}");
        let busiest = held.iter().max().map_or(0.0, |held| *held as f64 / end as f64);
        assert!((predicted.busiest_lock.unwrap() - busiest).abs() < 1e-9);
        assert_times(predicted.queue_wait, queued);
        assert_times(predicted.lock_wait, waited);
        assert_times(predicted.age, ages);
    }
}
