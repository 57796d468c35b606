//! RNNoise's recurrent network: 42 features in, the gains of 22 bands out.
//!
//! Source: J.-M. Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement", MMSP 2018, section III: a
//! dense layer, then three gated recurrent units, of which the first hears the features, the second also finds the noise, and the
//! third makes the gains. The weights are those of RNNoise, in the file format of the crate nnnoiseless (LICENSE-BSD-3-Clause).

use super::features::{NUM_BANDS, NUM_FEATURES};
use crate::math::exp2_f32;
use core::f32::consts::LOG2_E;
use std::sync::{Arc, LazyLock};

/// One step of a weight as it is kept in a byte.
const STEP: f32 = 1.0 / 256.0;

/// Below, a memory is nothing: long before a subnormal, so that no host's flags reach the result.
const SMALLEST: f32 = 1e-30;

static BUILTIN: LazyLock<Arc<Weights>> = LazyLock::new(|| {
    let weights = Weights::from_bytes(include_bytes!("weights.rnn"));
    Arc::new(weights.expect("the weights that are built in fit together"))
});

/// What a network has learnt: RNNoise's own weights, or others of the same shape. Networks share it.
#[derive(Debug, Clone)]
pub struct Model {
    weights: Arc<Weights>,
    is_builtin: bool,
}

impl Default for Model {
    fn default() -> Self {
        Self { weights: Arc::clone(&BUILTIN), is_builtin: true }
    }
}

impl Model {
    /// Weights as nnnoiseless' training writes them: the layers one after another, each with its numbers of inputs and neurons and its
    /// activation, and a signed byte for each weight. `None` when they do not fit together, or something is missing or too much, or
    /// the gains are not held between 0 and 1 by a sigmoid.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self { weights: Arc::new(Weights::from_bytes(bytes)?), is_builtin: false })
    }

    /// What the weights take in memory, once for all that use them; 0 for those that are built in.
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        if self.is_builtin { 0 } else { self.weights.num_bytes() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activation {
    Tanh,
    Sigmoid,
    Relu,
}

impl Activation {
    #[inline(always)]
    fn of(self, x: f32) -> f32 {
        match self {
            Self::Tanh => 2.0 * sigmoid(2.0 * x) - 1.0,
            Self::Sigmoid => sigmoid(x),
            Self::Relu if x > 0.0 => x,
            Self::Relu => 0.0,
        }
    }
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp2_f32(-LOG2_E * x))
}

/// What is learnt of one layer. Rows belong to inputs, columns to neurons.
#[derive(Debug)]
struct Layer {
    num_inputs: usize,
    num_neurons: usize,
    activation: Activation,
    weights: Vec<f32>,
    /// Of a recurrent layer, for its own last output.
    recurrent: Vec<f32>,
    bias: Vec<f32>,
}

/// Reads bytes from the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, len: usize) -> Option<Vec<f32>> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken.iter().map(|&byte| f32::from(byte.cast_signed()) * STEP).collect())
    }

    /// A layer with so many columns for each neuron: the output, and what gates it.
    fn layer(&mut self, is_recurrent: bool) -> Option<Layer> {
        let &[num_inputs, num_neurons, activation, ref rest @ ..] = self.0 else { return None };
        self.0 = rest;
        let activation = match activation {
            0 => Activation::Tanh,
            1 => Activation::Sigmoid,
            2 => Activation::Relu,
            _ => return None,
        };
        // They are signed too, and none of nothing is no layer.
        if !(1..=127).contains(&num_inputs) || !(1..=127).contains(&num_neurons) {
            return None;
        }
        let (num_inputs, num_neurons) = (usize::from(num_inputs), usize::from(num_neurons));
        let num_columns = if is_recurrent { 3 * num_neurons } else { num_neurons };
        Some(Layer {
            num_inputs,
            num_neurons,
            activation,
            weights: self.take(num_inputs * num_columns)?,
            recurrent: if is_recurrent { self.take(num_neurons * num_columns)? } else { Vec::new() },
            bias: self.take(num_columns)?,
        })
    }
}

/// All that is learnt.
#[derive(Debug)]
struct Weights {
    input: Layer,
    voice: Layer,
    noise: Layer,
    denoise: Layer,
    gains: Layer,
}

impl Weights {
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let weights = Self {
            input: reader.layer(false)?,
            voice: reader.layer(true)?,
            noise: reader.layer(true)?,
            denoise: reader.layer(true)?,
            gains: reader.layer(false)?,
        };
        // It was trained to know speech as well, which nothing here asks for.
        let is_voice = reader.layer(false)?;
        let fits = [&weights.voice, &weights.noise, &weights.denoise, &weights.gains]
            .map(|layer| layer.num_inputs)
            == weights.num_inputs_expected()
            && weights.input.num_inputs == NUM_FEATURES
            && weights.gains.num_neurons == NUM_BANDS
            && weights.gains.activation == Activation::Sigmoid
            && (is_voice.num_inputs, is_voice.num_neurons) == (weights.voice.num_neurons, 1);
        (fits && reader.0.is_empty()).then_some(weights)
    }

    /// Of the layers after the first.
    fn num_inputs_expected(&self) -> [usize; 4] {
        let (voice, noise) = (self.voice.num_neurons, self.noise.num_neurons);
        [
            self.input.num_neurons,
            self.input.num_neurons + voice + NUM_FEATURES,
            voice + noise + NUM_FEATURES,
            self.denoise.num_neurons,
        ]
    }

    fn num_bytes(&self) -> usize {
        let layers = [&self.input, &self.voice, &self.noise, &self.denoise, &self.gains];
        let of_layer = |layer: &Layer| layer.weights.len() + layer.recurrent.len() + layer.bias.len();
        layers.into_iter().map(of_layer).sum::<usize>() * size_of::<f32>()
    }
}

/// One network with its memory.
#[derive(Debug, Clone)]
pub struct Network {
    model: Model,
    input: Vec<f32>,
    voice: Vec<f32>,
    noise: Vec<f32>,
    denoise: Vec<f32>,
    sums: Vec<f32>,
}

impl Network {
    pub fn new(model: &Model) -> Self {
        let weights = &model.weights;
        let widest = [&weights.voice, &weights.noise, &weights.denoise]
            .map(|layer| layer.num_neurons)
            .into_iter()
            .max();
        Self {
            input: vec![0.0; weights.input.num_neurons],
            voice: vec![0.0; weights.voice.num_neurons],
            noise: vec![0.0; weights.noise.num_neurons],
            denoise: vec![0.0; weights.denoise.num_neurons],
            sums: vec![0.0; 3 * widest.unwrap_or(0)],
            model: model.clone(),
        }
    }

    pub fn reset(&mut self) {
        for memory in [&mut self.voice, &mut self.noise, &mut self.denoise] {
            memory.fill(0.0);
        }
    }

    /// The gains of the bands, 0 to 1, for the features of the next frame.
    #[inline(always)]
    pub fn run(&mut self, features: &[f32; NUM_FEATURES]) -> [f32; NUM_BANDS] {
        let weights = &*self.model.weights;
        dense(&weights.input, features, &mut self.input);
        recur(&weights.voice, [&self.input, &[], &[]], &mut self.voice, &mut self.sums);
        recur(&weights.noise, [&self.input, &self.voice, features], &mut self.noise, &mut self.sums);
        recur(&weights.denoise, [&self.voice, &self.noise, features], &mut self.denoise, &mut self.sums);
        let mut gains = [0.0; NUM_BANDS];
        dense(&weights.gains, &self.denoise, &mut gains);
        gains
    }
}

/// Adds each row times its input, for the columns that `sums` has, from `first` on of `stride`.
#[inline(always)]
fn accumulate<'a>(
    rows: &mut impl Iterator<Item = &'a [f32]>,
    first: usize,
    inputs: &[f32],
    sums: &mut [f32],
) {
    for (x, row) in inputs.iter().zip(rows) {
        for (sum, weight) in sums.iter_mut().zip(&row[first..]) {
            *sum += weight * x;
        }
    }
}

#[inline(always)]
fn dense(layer: &Layer, inputs: &[f32], outputs: &mut [f32]) {
    outputs.copy_from_slice(&layer.bias);
    accumulate(&mut layer.weights.chunks_exact(layer.num_neurons), 0, inputs, outputs);
    outputs.iter_mut().for_each(|output| *output = layer.activation.of(*output));
}

/// A gated recurrent unit: its columns are the update gates, the reset gates, and the new outputs.
///
/// Source: K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", EMNLP 2014, section 2.3.
#[inline(always)]
fn recur(layer: &Layer, inputs: [&[f32]; 3], memory: &mut [f32], sums: &mut [f32]) {
    let len = layer.num_neurons;
    let sums = &mut sums[..3 * len];
    sums.copy_from_slice(&layer.bias);
    let mut rows = layer.weights.chunks_exact(3 * len);
    for inputs in inputs {
        accumulate(&mut rows, 0, inputs, sums);
    }
    let recurrent = || layer.recurrent.chunks_exact(3 * len);
    let (gates, new) = sums.split_at_mut(2 * len);
    accumulate(&mut recurrent(), 0, memory, gates);
    gates.iter_mut().for_each(|gate| *gate = sigmoid(*gate));
    let (update, reset) = gates.split_at_mut(len);
    for (reset, last) in reset.iter_mut().zip(&*memory) {
        *reset *= last;
    }
    accumulate(&mut recurrent(), 2 * len, reset, new);
    for ((last, update), new) in memory.iter_mut().zip(update).zip(new) {
        let next = *update * *last + (1.0 - *update) * layer.activation.of(*new);
        *last = if next.abs() > SMALLEST { next } else { 0.0 };
    }
}
