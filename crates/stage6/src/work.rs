//! The work of a job, before it needs the lock: waiting for something else, or computing.

use std::time::Duration;

use clap::ValueEnum;
use cpu_time::ThreadTime;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum WorkAs {
    /// Waits, as for another server's answer: any number of workers can do it at a time
    Sleep,
    /// Computes: no more workers can do it at a time than there are cores
    Spin,
}

#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub time: Duration,
    pub way: WorkAs,
}

impl Work {
    pub async fn perform(self) {
        if self.time.is_zero() {
            return; // tokio would sleep until its next millisecond
        }
        match self.way {
            WorkAs::Sleep => tokio::time::sleep(self.time).await,
            // The thread's own time: it stands still while another thread has the core.
            WorkAs::Spin => {
                let begin = ThreadTime::now();
                while begin.elapsed() < self.time {
                    std::hint::spin_loop();
                }
            }
        }
    }
}
