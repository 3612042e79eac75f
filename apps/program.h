#pragma once
// What every program has: --log-level, --version, signals, and errors as one sentence with
// an exit code (0 done, 1 failed, 2 usage or configuration, 3 bad data, 130 interrupted).
#include "core/error.h"
#include "core/log.h"
#include "core/signals.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <new>

namespace seg {

inline void add_common_options(CLI::App& app, std::string& log_level) {
  app.set_version_flag("--version", std::string(SEG_VERSION));
  app.add_option("--log-level", log_level, "debug, info, warn, error or off")->default_val("info");
}

inline int run_program(CLI::App& app, int argc, char** argv, const std::string& log_level,
                       const std::function<void()>& work) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  install_signal_handlers();
  try {
    log::set_level(log::level_of(log_level));
    work();
    return 0;
  } catch (const Error& e) {
    log::error("{}", e.what());
    return e.exit_code();
  } catch (const std::bad_alloc&) {
    log::error("out of memory: use a smaller training.patch, training.batch_size or data.workers");
  } catch (const std::exception& e) {
    const std::string what = std::string(e.what()).substr(0, std::string(e.what()).find('\n'));
    const bool memory = what.find("alloc") != std::string::npos ||
                        what.find("out of memory") != std::string::npos;  // Torch's own words
    log::error("{}{}",
               memory ? "out of memory: use a smaller training.patch or training.batch_size, or a "
                        "larger prep.spacing: "
                      : "",
               what);
  }
  return 1;
}

}  // namespace seg
