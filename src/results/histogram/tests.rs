//! Self-proofs: what must hold of a histogram whatever was recorded.

use proptest::prelude::*;

use super::*;
use crate::results::fixture::histogram;

/// Nanoseconds of any magnitude up to two hours: a fifth of them in every decade or so.
fn values() -> impl Strategy<Value = Vec<u64>> {
    let value = prop_oneof![0..10u64, 0..10_000u64, 0..10_000_000u64, 0..7_200_000_000_000u64];
    prop::collection::vec(value, 0..300)
}

fn text(histogram: &Histogram) -> String {
    serde_json::to_value(histogram).unwrap().as_str().unwrap().to_owned()
}

/// A change to the bytes of a histogram.
type Damage = fn(&mut Vec<u8>);

/// A histogram in the words of a file, with a change before it is deflated.
fn forged(change: impl Fn(&mut Vec<u8>)) -> String {
    let deflated = STANDARD.decode(text(&histogram([5, 500, 50_000]))).unwrap();
    let mut plain = inflated(&deflated).unwrap();
    change(&mut plain);
    let mut packed =
        flate2::read::ZlibEncoder::new(plain.as_slice(), flate2::Compression::default());
    let mut body = Vec::new();
    packed.read_to_end(&mut body).unwrap();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    STANDARD.encode([&DEFLATED[..], &length, &body].concat())
}

#[test]
fn a_histogram_that_promises_the_absurd_is_refused() {
    assert!(decoded(&forged(|_| ())).is_ok(), "the forgery is good when nothing is changed");
    let cases: [(&str, Damage); 8] = [
        ("length", |plain| plain[4..8].copy_from_slice(&u32::MAX.to_be_bytes())),
        ("no histogram", |plain| plain[..4].copy_from_slice(&DEFLATED)),
        ("5 digits", |plain| plain[15] = 5),
        ("range", |plain| plain[24..32].fill(0xFF)),
        ("range", |plain| plain[16] = 0x40),
        ("length", |plain| plain.resize(100 << 20, 0)),
        ("cut off", |plain| plain.truncate(11)),
        ("more than a run can have", |plain| {
            // One count, as large as nine bytes can say.
            plain.truncate(HEADER);
            plain.extend([0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
            plain[4..8].copy_from_slice(&9u32.to_be_bytes());
        }),
    ];
    for (word, change) in cases {
        let why = decoded(&forged(change)).unwrap_err();
        assert!(why.contains(word), "{word}: {why}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_a_histogram_or_refused(text in "[A-Za-z0-9+/]{0,80}", tail in any::<[u8; 60]>()) {
        let _ = decoded(&text);
        let _ = decoded(&forged(|plain| {
            plain.truncate(HEADER);
            plain.extend(tail);
            plain[4..8].copy_from_slice(&60u32.to_be_bytes());
        })).map(|histogram| (histogram.is_sound(), histogram.quantile(0.5), histogram.mean()));
    }

    #[test]
    fn percentiles_ascend_and_bins_add_up(values in values()) {
        let histogram = histogram(values.iter().copied());
        let inner = histogram.inner();
        prop_assert!(histogram.is_sound());
        prop_assert_eq!(histogram.len(), values.len() as u64);
        let bins: u64 = inner.iter_recorded().map(|bin| bin.count_at_value()).sum();
        prop_assert_eq!(bins, values.len() as u64);
        for share in [0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0, 2.0] {
            let known = inner.value_at_quantile(share);
            prop_assert_eq!(histogram.counted().value(share, histogram.len()), known, "{}", share);
        }
        let ladder: Vec<u64> = [0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0]
            .map(|share| inner.value_at_quantile(share)).to_vec();
        prop_assert!(ladder.is_sorted(), "{:?}", ladder);
        if let (Some(least), Some(most)) = (values.iter().min(), values.iter().max()) {
            prop_assert!(inner.lowest_equivalent(*least) <= ladder[0]);
            prop_assert!(ladder[6] <= inner.highest_equivalent(*most));
        }
    }

    #[test]
    fn a_value_is_told_to_a_thousandth(values in values()) {
        let histogram = histogram(values.iter().copied());
        let mut sorted = values;
        sorted.sort_unstable();
        for rank in 0..sorted.len() {
            // In the middle of the rank, so that rounding cannot reach its neighbour.
            let share = (rank as f64 + 0.5) / sorted.len() as f64;
            let told = histogram.inner().value_at_quantile(share);
            let error = told.abs_diff(sorted[rank]) as f64;
            prop_assert!(error <= sorted[rank] as f64 / 1000.0, "{} for {}", told, sorted[rank]);
        }
    }

    #[test]
    fn what_was_written_is_what_is_read(values in values()) {
        let histogram = histogram(values);
        prop_assert_eq!(decoded(&text(&histogram)).unwrap(), histogram);
    }

    #[test]
    fn merging_is_recording_everything_into_one(ones in values(), others in values()) {
        let (one, other) = (histogram(ones.iter().copied()), histogram(others.iter().copied()));
        let both = histogram(ones.into_iter().chain(others));
        prop_assert_eq!(&one.merged(&other), &both);
        prop_assert_eq!(&other.merged(&one), &both);
    }
}
