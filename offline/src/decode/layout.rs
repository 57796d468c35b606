//! Which loudspeaker a channel feeds, as far as loudness cares.

pub use lacquer_dsp::meter::ChannelRole;

const LOW_FREQUENCY: u64 = 1 << 3;
const BACK_LEFT: u64 = 1 << 4;
const BACK_RIGHT: u64 = 1 << 5;
const SIDE_LEFT: u64 = 1 << 9;
const SIDE_RIGHT: u64 = 1 << 10;
/// Beyond the standard mask; decoders of other formats use it.
const LOW_FREQUENCY_2: u64 = 1 << 18;

/// The layout that is meant when a file with `num_channels` names none: mono, stereo, 3.0, quadrophonic, 5.0, 5.1, 6.1, 7.1.
pub(crate) fn usual_mask(num_channels: usize) -> u64 {
    const MASKS: [u64; 9] = [0, 0x4, 0x3, 0x7, 0x33, 0x37, 0x3F, 0x70F, 0x63F];
    MASKS.get(num_channels).copied().unwrap_or(0)
}

/// The roles of `num_channels` channels that stand in the order of the bits of `mask` (WAVEFORMATEXTENSIBLE's order).
///
/// A 5.1 file calls its surrounds "back", at 110 degrees; a 7.1 file also has "side" at 90, and then "back" is at 135,
/// where the weight is 1 again. Channels without a bit are main ones.
pub(super) fn roles(mask: u64, num_channels: usize) -> Vec<ChannelRole> {
    let has_sides = mask & (SIDE_LEFT | SIDE_RIGHT) != 0;
    let role_of = |bit: u64| match bit {
        LOW_FREQUENCY | LOW_FREQUENCY_2 => ChannelRole::Lfe,
        SIDE_LEFT | SIDE_RIGHT => ChannelRole::Surround,
        BACK_LEFT | BACK_RIGHT if !has_sides => ChannelRole::Surround,
        _ => ChannelRole::Main,
    };
    let named = (0..u64::BITS).map(|shift| 1 << shift).filter(|bit| mask & bit != 0).map(role_of);
    named.chain(std::iter::repeat(ChannelRole::Main)).take(num_channels).collect()
}

#[cfg(test)]
mod tests {
    use super::ChannelRole::{Lfe, Main, Surround};
    use super::*;

    #[test]
    fn roles_follow_the_angles_of_the_standard() {
        assert_eq!(roles(usual_mask(1), 1), [Main]);
        assert_eq!(roles(usual_mask(2), 2), [Main, Main]);
        assert_eq!(roles(usual_mask(6), 6), [Main, Main, Main, Lfe, Surround, Surround]);
        assert_eq!(roles(usual_mask(8), 8), [Main, Main, Main, Lfe, Main, Main, Surround, Surround]);
        // 5.1 with "side" surrounds, as Dolby and ffmpeg's "5.1(side)" have it.
        assert_eq!(roles(0x60F, 6), [Main, Main, Main, Lfe, Surround, Surround]);
        // A mask with fewer bits than channels leaves the rest without a place.
        assert_eq!(roles(0x8, 3), [Lfe, Main, Main]);
    }
}
