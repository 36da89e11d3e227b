//! Work of many parts, done by as many threads as there are processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// What comes of several wholes of as many parts, in their order. A whole is put together as soon as its parts are there: what they take up
/// is free again for the next.
pub(super) fn each_of_parts<P: Send, T: Send>(
    wholes: usize,
    parts: usize,
    part: &(dyn Fn(usize, usize) -> P + Sync),
    whole: &(dyn Fn(usize, Vec<P>) -> T + Sync),
) -> Vec<T> {
    if parts == 0 {
        return each(wholes, &|at| whole(at, Vec::new()));
    }
    let there: Vec<Mutex<Vec<(usize, P)>>> = (0..wholes).map(|_| Mutex::default()).collect();
    let some = each(wholes * parts, &|at| {
        let (of, number) = (at / parts, at % parts);
        let done = part(of, number);
        let mut all = {
            let mut there = there.get(of)?.lock().unwrap_or_else(PoisonError::into_inner);
            there.push((number, done));
            if there.len() < parts {
                return None;
            }
            std::mem::take(&mut *there)
        };
        all.sort_by_key(|(number, _)| *number);
        Some(whole(of, all.into_iter().map(|(_, done)| done).collect()))
    });
    some.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{each, each_of_parts};

    #[test]
    fn parts_come_back_in_their_order_each_once() {
        assert_eq!(each(1000, &|at| at * 2), (0..1000).map(|at| at * 2).collect::<Vec<_>>());
        assert_eq!(each(0, &|at| at), Vec::<usize>::new());
    }

    #[test]
    fn wholes_are_put_together_of_all_their_parts_in_their_order() {
        let of =
            |wholes, parts| each_of_parts(wholes, parts, &|of, part| (of, part), &|of, parts| (of, parts));
        for (wholes, parts) in [(40, 25), (1, 3), (3, 1), (5, 0), (0, 4)] {
            let expected: Vec<_> =
                (0..wholes).map(|of| (of, (0..parts).map(|part| (of, part)).collect::<Vec<_>>())).collect();
            assert_eq!(of(wholes, parts), expected);
        }
    }
}
