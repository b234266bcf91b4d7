//! The workers of a run: as many as the plan says, each taking its next item only when it has kept what the last
//! one brought. A panic of one of them goes on in the run, once the others have come to their end.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::{JoinError, JoinSet};

use crate::error::EngineError;
use crate::jobs::run::{Halt, Run};

/// Carries `work` out for every item, in order. The first halt empties the queue; what is under way then comes
/// to its end, and the halt is returned.
pub(crate) async fn in_parallel<T, R, F, W>(run: &Run, items: Vec<T>, work: F) -> Result<Vec<R>, Halt>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Fn(Run, T) -> W + Clone + Send + 'static,
    W: Future<Output = Result<R, Halt>> + Send,
{
    let workers_max = usize::try_from(run.plan.workers.get()).unwrap_or(usize::MAX).min(items.len());
    let queue = Arc::new(Mutex::new(VecDeque::from(items)));
    let take = |queue: &Mutex<VecDeque<T>>| queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut workers = JoinSet::new();
    for _ in 0..workers_max {
        let (run, queue, work) = (run.clone(), queue.clone(), work.clone());
        workers.spawn(async move {
            let mut done = Vec::new();
            while let Some(item) = take(&queue) {
                match work(run.clone(), item).await {
                    Ok(result) => done.push(result),
                    Err(halt) => return Err(halt),
                }
                run.service.changed();
            }
            Ok(done)
        });
    }
    let (mut done, mut halt, mut panic) = (Vec::new(), None, None);
    while let Some(joined) = workers.join_next().await {
        match joined.map_err(JoinError::try_into_panic) {
            Ok(Ok(mut results)) => {
                done.append(&mut results);
                continue;
            }
            Ok(Err(first)) => {
                halt.get_or_insert(first);
            }
            Err(Ok(first)) => {
                panic.get_or_insert(first);
            }
            // Nobody stops a worker but the end of the program.
            Err(Err(_stopped)) => {
                halt.get_or_insert(Halt::Broken(EngineError::ShuttingDown));
            }
        }
        queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
    halt.map_or(Ok(done), Err)
}
