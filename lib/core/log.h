#pragma once
// Logging: info, warn and error lines to the terminal and, once a run folder exists, to its
// log.txt. spdlog is seen by log.cpp alone: it and Torch bring different versions of fmt.
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace seg::log {

enum class Level { debug, info, warn, error, off };

// Level of `name` (debug, info, warn, error, off); throws Error(config) for any other.
Level level_of(std::string_view name);
void set_level(Level level);

// From now on every line goes to this file too (appended). Throws Error(failure) when it cannot be
// opened, or is a link: what that names is not ours.
void to_file(const std::filesystem::path& file);
// Stops writing to the file; the run is over.
void close_file();

// The text is written visible (core/text.h): names in it cannot command the terminal or pass for
// a line of the log.
void write(Level level, const std::string& text);

template <class... A>
void debug(fmt::format_string<A...> format, A&&... args) {
  write(Level::debug, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
void info(fmt::format_string<A...> format, A&&... args) {
  write(Level::info, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
void warn(fmt::format_string<A...> format, A&&... args) {
  write(Level::warn, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
void error(fmt::format_string<A...> format, A&&... args) {
  write(Level::error, fmt::format(format, std::forward<A>(args)...));
}

}  // namespace seg::log
