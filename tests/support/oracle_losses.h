#pragma once
// The reference vectors of the losses: cases.json and one safetensors file per case.
#include "config/loss_config.h"
#include "support/word.h"
#include "tensor/safetensors.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>

namespace seg::test {

using Tensors = std::map<std::string, torch::Tensor>;

// Calls work(case, tensors, tolerances) for every case under `folder`/losses.
inline void for_each_loss_case(
    const std::filesystem::path& folder,
    const std::function<void(const nlohmann::json&, const Tensors&, const nlohmann::json&)>& work) {
  std::ifstream file(folder / "losses" / "cases.json");
  const nlohmann::json index = nlohmann::json::parse(file);
  for (const auto& c : index.at("cases"))
    work(c, read_safetensors(folder / "losses" / c.at("file").get<std::string>()),
         index.at("tolerance_float32"));
}

template <class T>
void take(const nlohmann::json& options, const char* key, T& value) {
  if (!options.contains(key)) return;
  if constexpr (Choice<T>)
    value = word(options.at(key).get<std::string>());
  else
    value = options.at(key).get<T>();
}

// The options of contour vectors; `n` is our loss.contour.iterations.
inline ContourConfig contour_config(const nlohmann::json& options) {
  ContourConfig c;
  take(options, "n", c.iterations);
  take(options, "classes", c.classes);
  take(options, "border", c.border);
  take(options, "mode", c.mode);
  take(options, "beta", c.beta);
  return c;
}

// One entry of a case's list of losses.
inline LossConfig loss_config(const nlohmann::json& entry) {
  const nlohmann::json none = nlohmann::json::object();
  const auto& options = entry.at("options");
  LossConfig c;
  take(entry, "loss", c.name);
  c.contour = contour_config(options.value("contour", none));
  if (options.value("preset", "") == "release") c.name = LossName::CWCD_release;
  take(options, "lambda", c.lambda);
  take(options, "alpha", c.alpha);
  take(options, "epsilon", c.epsilon);
  take(options, "ce_reduction", c.ce_reduction);
  take(options, "dice_denominator", c.dice_denominator);
  take(options, "absent", c.absent);
  take(options, "include_background", c.include_background);
  take(options, "per_sample", c.per_sample);
  const auto dwce = options.value("dwce", none), weights = options.value("weights", none);
  take(dwce, "w0", c.dwce.w0);
  take(dwce, "sigma", c.dwce.sigma);
  take(dwce, "distance", c.dwce.distance);
  take(weights, "ce", c.weights.ce);
  take(weights, "dice", c.weights.dice);
  return c;
}

}  // namespace seg::test
