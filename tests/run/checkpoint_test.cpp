#include "run/checkpoint.h"

#include "core/error.h"
#include "core/files.h"
#include "support/errors.h"
#include "support/small_networks.h"
#include "support/trained_as.h"

#include <torch/torch.h>

#include <cmath>

namespace seg {
namespace {

using test::adam;
using test::small_unet;
using test::train_step;
using test::trained_as;

const std::string signature = "unet 1 -> 2, base 4";

TrainingState some_state() {
  TrainingState s;
  s.epoch = 2;
  s.step = 17;
  s.step_in_epoch = 3;
  s.loss_sum = 1.25;
  s.seconds = 4.5;
  s.validation_due = true;
  s.model = signature;
  s.run = "abc";
  s.history = {{1, 7, 3e-4, 0.9, 12.5, {}, -1}, {2, 14, 3e-4, 0.7, 11, {0.5, std::nan("")}, 0.5}};
  return s;
}

}  // namespace

TEST_CASE("training goes on from a checkpoint exactly as without", "[run]") {
  const test::TemporaryFolder folder;
  torch::manual_seed(1);
  const auto network = small_unet(), other = small_unet();
  auto optimiser = adam(*network), loaded = adam(*other);
  train_step(*network, optimiser, 5);
  save_checkpoint(folder.path / "c", *network, nullptr, optimiser, some_state(), trained_as());
  load_weights_to_evaluate(folder.path / "c", signature, *other);
  load_optimiser(folder.path / "c", *other, loaded);
  for (std::uint64_t seed : {6, 7}) {
    train_step(*network, optimiser, seed);
    train_step(*other, loaded, seed);
  }
  const auto a = network->named_parameters(), b = other->named_parameters();
  for (const auto& item : a) CHECK(torch::equal(item.value(), b[item.key()]));
  for (const auto& item : network->named_buffers())
    CHECK(torch::equal(item.value(), other->named_buffers()[item.key()]));
}

TEST_CASE("with an average, evaluation reads it and training goes on from the trained weights",
          "[run]") {
  const test::TemporaryFolder folder;
  const auto trained = small_unet(), average = small_unet(), loaded = small_unet();
  auto optimiser = adam(*trained);
  save_checkpoint(folder.path / "c", *trained, average.get(), optimiser, some_state(),
                  trained_as());
  const auto first = [](Network& n) { return n.parameters()[0]; };
  REQUIRE_FALSE(torch::equal(first(*trained), first(*average)));
  load_weights_to_evaluate(folder.path / "c", signature, *loaded);
  CHECK(torch::equal(first(*loaded), first(*average)));
  load_weights_to_train_on(folder.path / "c", signature, *loaded, true);
  CHECK(torch::equal(first(*loaded), first(*trained)));
}

TEST_CASE("the state of a run survives writing and reading", "[run]") {
  const test::TemporaryFolder folder;
  const auto network = small_unet();
  auto optimiser = adam(*network);
  const TrainingState s = some_state();
  save_checkpoint(folder.path / "c", *network, nullptr, optimiser, s, trained_as());
  const TrainingState t = load_training_state(folder.path / "c");
  const auto all_of = [](const TrainingState& u) {
    return std::tuple(u.epoch, u.step, u.step_in_epoch, u.loss_sum, u.seconds, u.validation_due,
                      u.model, u.run);
  };
  CHECK(all_of(t) == all_of(s));
  REQUIRE(t.history.size() == 2);
  CHECK(t.history[0].dsc.empty());
  CHECK(t.history[1].dsc[0] == 0.5);
  CHECK(std::isnan(t.history[1].dsc[1]));
  CHECK(t.history[1].learning_rate == 3e-4);
}

TEST_CASE("a checkpoint that does not fit or is damaged says so", "[run]") {
  const test::TemporaryFolder folder;
  const auto network = small_unet(), wide = small_unet(8);
  auto optimiser = adam(*network), of_wide = adam(*wide);
  train_step(*network, optimiser, 1);
  const auto place = folder.path / "c";
  save_checkpoint(place, *network, nullptr, optimiser, some_state(), trained_as());
  const auto says = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };

  CHECK(says(test::error_of([&] { load_weights_to_evaluate(place, "unet 1 -> 2, base 8", *wide); },
                            ErrorKind::failure),
             "holds the network"));
  CHECK(says(test::error_of([&] { load_weights_to_evaluate(place, signature, *wide); },
                            ErrorKind::failure),
             "head.weight"));
  CHECK(says(test::error_of([&] { load_optimiser(place, *wide, of_wide); }, ErrorKind::failure),
             "does not fit the network"));
  CHECK(says(test::error_of([&] { load_training_state(folder.path / "none"); }, ErrorKind::failure),
             "is no checkpoint"));
  const std::string json = read_file(place / "state.json");
  write_file(place / "state.json", json.substr(0, json.size() / 2));
  CHECK(
      says(test::error_of([&] { load_training_state(place); }, ErrorKind::failure), "is damaged"));
  write_file(place / "state.json", json);
  const std::string weights = read_file(place / "weights.safetensors");
  write_file(place / "weights.safetensors", weights.substr(0, weights.size() - 100));
  CHECK(says(test::error_of([&] { load_weights_to_evaluate(place, signature, *network); },
                            ErrorKind::failure),
             "no valid safetensors file"));
}

TEST_CASE("a state with numbers that no run has is refused by name", "[run]") {
  const test::TemporaryFolder folder;
  const auto place = folder.path / "c";
  make_folder(place);
  const auto refusal = [&](const std::string& key, const std::string& value) {
    std::string text = state_json(some_state());
    const std::size_t from = text.find("\"" + key + "\": ");
    const std::size_t begin = from + key.size() + 4;
    text.replace(begin, text.find_first_of(",\n", begin) - begin, value);
    write_file(place / "state.json", text);
    return test::error_of([&] { load_training_state(place); }, ErrorKind::failure);
  };
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"step_in_epoch", "-3"},
                                                        {"step_in_epoch", "18"},
                                                        {"step", "-5"},
                                                        {"step", "1e300"},
                                                        {"step", "17.5"},
                                                        {"epoch", "9223372036854775807"},
                                                        {"epoch", "18446744073709551615"},
                                                        {"epoch", "0"},
                                                        {"epoch", "3"},
                                                        {"loss_sum", "\"a\""},
                                                        {"mean_dsc", "7"},
                                                        {"dsc", "[7]"},
                                                        {"validation_due", "3"}}) {
    INFO(key << " " << value);
    const std::string text = refusal(key, value);
    INFO(text);
    CHECK(text.find((place / "state.json").string() + ": is damaged (") == 0);
    CHECK(text.find("use another checkpoint of the run") != std::string::npos);
  }
}

TEST_CASE("a checkpoint is whole while each of its files is", "[run]") {
  const test::TemporaryFolder folder;
  const auto network = small_unet();
  auto optimiser = adam(*network);
  train_step(*network, optimiser, 1);
  for (const char* file : {"weights.safetensors", "trained.safetensors", "optimiser.safetensors",
                           "config.yaml", "task.json"}) {
    INFO(file);
    save_checkpoint(folder.path / "c", *network, network.get(), optimiser, some_state(),
                    trained_as());
    CHECK(is_whole(folder.path / "c"));
    std::filesystem::resize_file(folder.path / "c" / file, 40);
    CHECK_FALSE(is_whole(folder.path / "c"));
  }
}

}  // namespace seg
