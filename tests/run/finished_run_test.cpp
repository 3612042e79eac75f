#include "run/finished_run.h"

#include "core/files.h"
#include "run/training_state.h"
#include "support/errors.h"

namespace seg {

TEST_CASE("a finished run gives its configuration on its own split, and its checkpoints", "[run]") {
  const test::TemporaryFolder folder;
  CHECK(test::error_of([&] { FinishedRun none(folder.path); }, ErrorKind::failure)
            .find("is no run folder") != std::string::npos);
  const Config trained = config_from({"training.epochs=7", "data.split={train: 3, test: 1}"});
  write_file(folder.path / "config.yaml", config_yaml(trained));
  const FinishedRun run(folder.path);
  const Config config = run.config({"device=cpu"});
  CHECK(config.training.epochs == 7);
  CHECK(config.device == "cpu");
  CHECK(config.data.split.file.text == (folder.path / "split.json").string());

  const auto all = folder.path / "checkpoints";
  CHECK(test::error_of([&] { run.checkpoint("best"); }, ErrorKind::failure)
            .find("holds neither best nor last") != std::string::npos);
  TrainingState state{.epoch = 1, .step = 7, .history = {{.epoch = 1, .step = 7}}};
  make_folder(all / "step-7");
  write_file(all / "step-7" / "state.json", state_json(state));
  replace_link(all / "last", "step-7");
  CHECK(run.checkpoint("best") == all / "last");  // nothing was validated
  state = {.epoch = 2, .step = 14, .history = {{.epoch = 1, .step = 7}, {.epoch = 2, .step = 14}}};
  state.history[0].mean_dsc = .5;
  make_folder(all / "step-14");
  write_file(all / "step-14" / "state.json", state_json(state));
  replace_link(all / "last", "step-14");
  CHECK(run.checkpoint("best") == all / "step-7");  // the link is missing
  std::filesystem::remove_all(all / "step-7");
  CHECK(test::error_of([&] { run.checkpoint("best"); }, ErrorKind::failure)
            .find("step-7: the best checkpoint is missing") != std::string::npos);
  replace_link(all / "best", "step-14");
  CHECK(run.checkpoint("best") == all / "best");
  CHECK(run.checkpoint("/elsewhere/step-3") == "/elsewhere/step-3");
}

}  // namespace seg
