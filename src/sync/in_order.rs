//! Several things at the same time, whose results come in the order in which they were begun. Nothing is spawned: what is dropped ends.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Work under way, first begun first.
pub(super) struct InOrder<F: Future> {
    running: VecDeque<Running<F>>,
}

enum Running<F: Future> {
    Going(Pin<Box<F>>),
    Done(F::Output),
}

impl<F: Future> InOrder<F> {
    pub(super) fn new() -> Self {
        Self { running: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    pub(super) fn begin(&mut self, work: F) {
        self.running.push_back(Running::Going(Box::pin(work)));
    }

    /// The result of what was begun first, while everything else goes on; `None` when nothing is under way.
    pub(super) async fn next(&mut self) -> Option<F::Output>
    where
        F::Output: Unpin,
    {
        poll_fn(|context| {
            for running in &mut self.running {
                if let Running::Going(work) = running
                    && let Poll::Ready(done) = work.as_mut().poll(context)
                {
                    *running = Running::Done(done);
                }
            }
            match self.running.pop_front() {
                None => Poll::Ready(None),
                Some(Running::Done(done)) => Poll::Ready(Some(done)),
                Some(going) => {
                    self.running.push_front(going);
                    Poll::Pending
                }
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::InOrder;
    use std::time::Duration;

    #[tokio::test]
    async fn results_come_in_the_order_of_their_beginning_and_work_goes_on_meanwhile() {
        let began = std::time::Instant::now();
        let mut all = InOrder::new();
        for number in [300_u64, 100, 200] {
            all.begin(async move {
                tokio::time::sleep(Duration::from_millis(number)).await;
                number
            });
        }
        let mut results = Vec::new();
        while let Some(number) = all.next().await {
            results.push(number);
        }
        assert_eq!(results, [300, 100, 200]);
        assert!(began.elapsed() < Duration::from_millis(590), "one after the other takes 600 ms");
    }
}
