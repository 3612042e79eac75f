#pragma once
// What a network costs: per stage its output, parameters, multiply-adds and the activations kept
// for the backward pass.
#include "config/model_config.h"
#include "core/axes.h"

#include <array>
#include <string>
#include <vector>

namespace seg {

struct StageCost {
  std::string name;
  std::array<std::int64_t, 5> output;  // B, C, D, H, W; tokens: B, N, hidden, 0, 0
  std::int64_t parameters = 0;
  double multiply_adds = 0;     // of one forward pass: convolutions, linear layers, attention
  double activation_bytes = 0;  // kept from the forward to the backward pass, in float32
};

struct Summary {
  std::vector<StageCost> stages;
  StageCost total;  // output: the logits
  // Estimated peak of a training step in bytes: weights, gradients and Adam's moments, activations,
  // and four copies of the logits for the loss. bfloat16 halves the activations. Working memory of
  // the convolutions comes on top.
  double training_bytes(bool bfloat16) const;
};

// Runs the network on the CPU on a small image, twice its size_multiple along each axis, with
// random weights, and scales what it counts to the patch and batch: in proportion to the voxels,
// attention to their square. Throws as make_network does.
Summary summarise(const ModelConfig& config, std::int64_t channels, std::int64_t classes,
                  const Dhw<std::int64_t>& patch, std::int64_t batch);

// A process on the CPU takes up to this times the estimate in all: 1.3 to 1.9 were measured
// (64x192x192, 16 classes, the four networks).
constexpr double cpu_margin = 2;

// The table, a line per stage, and whether a step, with a margin, fits in `memory` bytes of `where`
// ("this machine's memory", "cuda:0").
std::string summary_text(const Summary& summary, bool bfloat16, double memory,
                         const std::string& where, double margin = 1);

}  // namespace seg
