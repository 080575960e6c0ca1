//! Work that is done on several cores: each piece by itself, the results in the order of the pieces.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `work` for every piece, on as many threads as the machine has cores. `on_done` hears of each that is finished.
pub(super) fn each<T: Sync, R: Send>(
    pieces: &[T],
    work: impl Fn(&T) -> R + Sync,
    on_done: &(dyn Fn(usize) + Sync),
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len().max(1));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results = Mutex::new(Vec::with_capacity(pieces.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((place, piece)) = next_of(pieces, &next) {
                    let result = work(piece);
                    if let Ok(mut results) = results.lock() {
                        results.push((place, result));
                    }
                    on_done(done.fetch_add(1, Ordering::Relaxed) + 1);
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

fn next_of<'a, T>(pieces: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, pieces.get(place)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_pieces() {
        let pieces: Vec<u64> = (0..100).collect();
        let heard = AtomicUsize::new(0);
        let squares = each(
            &pieces,
            |piece| {
                // The first ones take longest.
                std::thread::sleep(std::time::Duration::from_micros(200 - 2 * piece));
                piece * piece
            },
            &|done| {
                heard.fetch_max(done, Ordering::Relaxed);
            },
        );
        assert_eq!(squares, pieces.iter().map(|piece| piece * piece).collect::<Vec<_>>());
        assert_eq!(heard.into_inner(), 100);
    }
}
