//! Work of many parts, done by as many threads as there are processors.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What comes of each part, in their order.
pub(super) fn each<T: Send>(count: usize, work: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return done;
            }
            done.push((at, work(at)));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..threads).map(|_| scope.spawn(some)).collect();
        let mut all = some();
        for thread in threads {
            all.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, done)| done).collect()
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn parts_come_back_in_their_order_each_once() {
        assert_eq!(each(1000, &|at| at * 2), (0..1000).map(|at| at * 2).collect::<Vec<_>>());
        assert_eq!(each(0, &|at| at), Vec::<usize>::new());
    }
}
