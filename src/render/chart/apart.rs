//! Labels that would touch are moved apart.

/// Places, in their order, moved as little as it takes that none is closer than `least` to the next, and all lie within bounds.
pub(super) fn apart(wanted: &[f32], least: f32, (low, high): (f32, f32)) -> Vec<f32> {
    let mut places: Vec<f32> = Vec::with_capacity(wanted.len());
    for place in wanted {
        let after = places.last().map_or(low, |last| last + least);
        places.push(place.max(after));
    }
    let mut limit = high;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - least;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_moved_apart_no_more_than_it_takes_and_stay_within_bounds() {
        assert_eq!(apart(&[10.0, 30.0, 50.0], 9.0, (5.0, 95.0)), [10.0, 30.0, 50.0]);
        assert_eq!(apart(&[10.0, 12.0, 14.0], 9.0, (5.0, 95.0)), [10.0, 19.0, 28.0]);
        assert_eq!(apart(&[90.0, 92.0, 94.0], 9.0, (5.0, 95.0)), [77.0, 86.0, 95.0]);
        assert_eq!(apart(&[0.0, 1.0], 9.0, (5.0, 95.0)), [5.0, 14.0]);
        assert!(apart(&[], 9.0, (5.0, 95.0)).is_empty());
    }
}
