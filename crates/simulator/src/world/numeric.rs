//! Arithmetic that gives the same bits on every machine: exponential, logarithm, normal distribution and
//! draws from a seed. The platform's libm is not asked, since its last bit differs between platforms; only
//! the operations that IEEE 754 fixes (and `sqrt`, which it fixes too) are used. Refuses to be general:
//! arguments outside what prices and volatilities need are clamped.

/// e^x for |x| ≤ 700, clamped beyond.
pub fn exp(x: f64) -> f64 {
    const LIMIT: f64 = 700.0;
    /// ln 2 in two parts, so that `k · LN2_HIGH` is exact.
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = x.clamp(-LIMIT, LIMIT);
    // To the nearest whole number; `f64::round` would be a call into libm.
    let powers = (x * std::f64::consts::LOG2_E + 0.5f64.copysign(x)) as i64;
    let k = powers as f64;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    // Taylor to r^11: |r| ≤ 0.347, so the rest is below 1e-14.
    const INVERSE_FACTORIALS: [f64; 11] = [
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        1.0 / 2.0,
        1.0,
    ];
    let sum = INVERSE_FACTORIALS.iter().fold(0.0, |sum, factor| sum * r + factor) * r + 1.0;
    // Within ±1010 by the clamp, a valid exponent.
    sum * f64::from_bits(((powers + 1023) as u64) << 52)
}

/// Natural logarithm of a normal positive number; of anything else that of the smallest one.
pub fn ln(x: f64) -> f64 {
    let bits = x.max(f64::MIN_POSITIVE).to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    // artanh series; |s| ≤ 0.172, so the tenth term is below 1e-16.
    let mut sum = 0.0;
    for n in (0..10).rev() {
        sum = sum * square + 1.0 / f64::from(2 * n + 1);
    }
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * s * sum
}

/// Standard normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17): a hundredth of a tick
/// on the dearest option here.
pub fn normal_cdf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let polynomial = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = 0.398_942_280_401_432_7 * exp(-0.5 * x * x) * polynomial;
    if x >= 0.0 { 1.0 - tail } else { tail }
}

/// A stream of draws that is a pure function of what it was made of (splitmix64).
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    pub fn of(parts: &[u64]) -> Self {
        Self(parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| mix(state ^ mix(*part))))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// 0 ≤ u < 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// 0 ≤ n < `bound`; the bias of the modulus does not matter at these sizes.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// About standard normal, within ±3.47: four uniforms added, all of one draw.
    pub fn normal(&mut self) -> f64 {
        const STANDARD_DEVIATION: f64 = 37_837.227_5;
        let bits = self.next();
        let sum = (0..4).map(|part| (bits >> (16 * part)) & 0xffff).sum::<u64>();
        (sum as f64 - 131_070.0) / STANDARD_DEVIATION
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_ln_agree_with_the_platform() {
        for step in -4000..4000 {
            let x = f64::from(step) * 0.01;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "exp {x}");
            let y = x.exp();
            assert!((ln(y) - x).abs() < 1e-12 * x.abs().max(1.0), "ln {y}");
        }
    }

    #[test]
    fn the_normal_distribution_is_right_where_it_matters() {
        for (x, p) in [(0.0, 0.5), (1.0, 0.841_344_746), (-1.96, 0.024_997_895), (4.0, 0.999_968_329)] {
            assert!((normal_cdf(x) - p).abs() < 2e-7, "{x}");
        }
    }

    #[test]
    fn draws_have_mean_nought_and_deviation_one() {
        let mut draws = Draws::of(&[1, 2, 3]);
        let normals: Vec<f64> = (0..100_000).map(|_| draws.normal()).collect();
        let mean = normals.iter().sum::<f64>() / 1e5;
        let variance = normals.iter().map(|z| z * z).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        assert_ne!(Draws::of(&[1, 2]).next(), Draws::of(&[2, 1]).next());
    }
}
