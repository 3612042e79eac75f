#include "run/finished_run.h"

#include "core/files.h"
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
  make_folder(all / "last");
  CHECK(run.checkpoint("best") == all / "last");  // nothing was validated
  make_folder(all / "best");
  CHECK(run.checkpoint("best") == all / "best");
  CHECK(run.checkpoint("/elsewhere/step-3") == "/elsewhere/step-3");
}

}  // namespace seg
