//! The work of a job before it locks the balances: waiting or computing.

use std::time::Duration;

use clap::ValueEnum;
use cpu_time::ThreadTime;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum WorkAs {
    /// Sleep, like a job that waits for another server: all workers can at the same time
    Sleep,
    /// Compute: as many workers as there are cores can at the same time
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
            // CPU time, which does not advance while another thread has the core.
            WorkAs::Spin => {
                let begin = ThreadTime::now();
                while begin.elapsed() < self.time {
                    std::hint::spin_loop();
                }
            }
        }
    }
}
