#include "core/log.h"

#include "core/error.h"
#include "core/progress.h"
#include "core/text.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

namespace seg::log {
namespace {

struct Sinks {
  std::shared_ptr<spdlog::logger> terminal, file;
  std::mutex mutex;
  Sinks() {
    terminal = std::make_shared<spdlog::logger>(
        "terminal", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    terminal->set_pattern("%^%v%$");
    terminal->flush_on(spdlog::level::info);
  }
};

Sinks& sinks() {
  static Sinks s;
  return s;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::off;
}

}  // namespace

Level level_of(std::string_view name) {
  constexpr std::pair<std::string_view, Level> levels[] = {{"debug", Level::debug},
                                                           {"info", Level::info},
                                                           {"warn", Level::warn},
                                                           {"error", Level::error},
                                                           {"off", Level::off}};
  for (const auto& [text, level] : levels)
    if (text == name) return level;
  fail_config("--log-level {}: is one of debug, info, warn, error, off", name);
}

void set_level(Level level) { sinks().terminal->set_level(spdlog_level(level)); }

void to_file(const std::filesystem::path& file) {
  std::lock_guard lock(sinks().mutex);
  const auto there = std::filesystem::symlink_status(file);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
    fail("{}: the log is a link or no file, so nothing is appended to it; remove it",
         file.string());
  try {
    auto logger = std::make_shared<spdlog::logger>(
        "file", std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string()));
    logger->set_pattern("%Y-%m-%d %H:%M:%S %l %v");
    logger->flush_on(spdlog::level::info);
    sinks().file = logger;
  } catch (const spdlog::spdlog_ex& e) {
    fail("{}: the log cannot be written ({}); choose another output folder", file.string(),
         e.what());
  }
}

void close_file() {
  std::lock_guard lock(sinks().mutex);
  sinks().file.reset();
}

void write(Level level, const std::string& text) {
  const std::string line = visible(text, Breaks::indented);
  std::lock_guard lock(sinks().mutex);
  Progress::clear_line();
  const std::string shown = level == Level::warn    ? "warning: " + line
                            : level == Level::error ? "error: " + line
                                                    : line;
  sinks().terminal->log(spdlog_level(level), spdlog::string_view_t(shown));
  if (sinks().file) sinks().file->log(spdlog_level(level), spdlog::string_view_t(line));
}

}  // namespace seg::log
