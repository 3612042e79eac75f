#pragma once
// What every program has: --log-level, --version, signals, its output, and errors as one sentence
// with an exit code (0 done, 1 failed, 2 usage or configuration, 3 bad data, 130 interrupted).
#include "config/choice.h"
#include "core/error.h"
#include "core/log.h"
#include "core/signals.h"
#include "core/text.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <new>
#include <sstream>

namespace seg {

inline void add_common_options(CLI::App& app, std::string& log_level) {
  app.set_version_flag("--version", std::string(SEG_VERSION));
  app.add_option("--log-level", log_level, "debug, info, warn, error or off")->default_val("info");
}

// The value of an option that is one of a list of words.
template <Choice E>
E option_word(const char* option, const std::string& text) {
  if (const auto value = choice_of<E>(text)) return *value;
  std::string known;
  for (const std::string_view word : all_words<E>())
    known += (known.empty() ? "" : ", ") + std::string(word);
  fail_config("{} {}: is none of {}; name one of them", option, text, known);
}

// Where a file goes is looked at before the work; empty: nowhere.
inline void require_folder_of(const char* option, const std::string& file) {
  if (file.empty()) return;
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  if (!std::filesystem::is_directory(folder))
    fail_config("{} {}: {} is no folder; make it, or name another", option, file, folder.string());
  if (std::filesystem::is_directory(file))
    fail_config("{} {}: is a folder; name a file in it", option, file);
}

// Writes to standard output, where names in the text cannot command the terminal.
template <class... A>
void print(fmt::format_string<A...> format, A&&... args) {
  const std::string text = visible(fmt::format(format, std::forward<A>(args)...), Breaks::all);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    fail("standard output cannot be written ({})", std::strerror(errno));
}

inline void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    fail("standard output cannot be written ({})", std::strerror(errno));
}

// What CLI11 says of the command line, help included. Returns the exit code.
inline int answer(CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, wrong;
  const int code = app.exit(error, out, wrong) == 0 ? 0 : 2;
  std::fputs(visible(wrong.str(), Breaks::all).c_str(), stderr);
  print("{}", out.str());
  return code;
}

// The sentence of an exception that is no Error.
inline std::string sentence_of(const std::exception& e) {
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&e))
    return fmt::format("{}: {}; check the path and its rights", file->path1().string(),
                       file->code().message());
  const std::string what = std::string(e.what()).substr(0, std::string(e.what()).find('\n'));
  if (what.starts_with("[json.exception."))
    return "a JSON file is not as this program writes it (" + what.substr(what.find("] ") + 2) +
           "); remove or correct it";
  const bool memory = dynamic_cast<const std::bad_alloc*>(&e) != nullptr ||
                      what.find("alloc") != std::string::npos ||
                      what.find("out of memory") != std::string::npos;  // Torch's own words
  return (memory ? "out of memory: use a smaller training.patch, training.batch_size or "
                   "data.workers, or a larger prep.spacing: "
                 : "") +
         what;
}

// Runs work() for the command line, and says in one sentence why it failed.
inline int run_program(CLI::App& app, int argc, char** argv, const std::string& log_level,
                       const std::function<void()>& work) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write
  install_signal_handlers();
  try {
    int code = 0;
    try {
      app.parse(argc, argv);
      log::set_level(log::level_of(log_level));
      work();
    } catch (const CLI::ParseError& e) {
      code = answer(app, e);
    }
    flush_output();
    return code;
  } catch (const Error& e) {
    log::error("{}", e.what());
    return e.exit_code();
  } catch (const std::exception& e) {
    log::error("{}", sentence_of(e));
  }
  return 1;
}

}  // namespace seg
