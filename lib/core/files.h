#pragma once
// Files that are either absent or whole: written beside their place, flushed to disk, renamed into
// it.
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

// The whole file. Throws Error(kind of a missing file: failure) with the path and the system's
// reason.
std::string read_file(const std::filesystem::path& path);

// Replaces `path` (a link itself, not what it names) by `bytes`: a reader sees the old file or the
// new one, whatever happens in between.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// The file that an output named by a user is: what a link names, and not the link. Throws
// Error(failure) where it is a folder, a pipe or a device.
std::filesystem::path output_file(const std::filesystem::path& path);

// Writes text where a user said: a file is replaced whole (output_file); a pipe or a device, such
// as /dev/stdout, is written to.
void write_output(const std::filesystem::path& path, std::string_view bytes);

// Adds a line to a file that is made where there is none, in one piece, so that two processes may
// do so at once; writes it to a pipe or a device.
void append_line(const std::filesystem::path& path, std::string_view line);

// Calls fill(temporary path, same folder and ending), flushes what it wrote and renames it to
// `path`. On an exception nothing stays.
void write_beside(const std::filesystem::path& path,
                  const std::function<void(const std::filesystem::path&)>& fill);

// Likewise a whole folder: fill(temporary folder), every file in it flushed, renamed to `path`. An
// existing `path` is replaced.
void write_folder(const std::filesystem::path& path,
                  const std::function<void(const std::filesystem::path&)>& fill);

// Makes `link` a symbolic link to `target` (as written, so relative stays relative), replacing an
// older one in one step.
void replace_link(const std::filesystem::path& link, const std::filesystem::path& target);

// Renames a file or folder to a name that is free.
void move_file(const std::filesystem::path& from, const std::filesystem::path& to);

// Removes a folder in one step: one that is cut off leaves a temporary, not half a folder.
void remove_folder(const std::filesystem::path& folder);

// create_directories, with an Error(failure) that names the folder and what to do.
void make_folder(const std::filesystem::path& path);

// What an interrupted write_beside or write_folder left in `folder`: temporaries whose process is
// gone.
std::vector<std::filesystem::path> stale_temporaries(const std::filesystem::path& folder);
void remove_stale_temporaries(const std::filesystem::path& folder);

// Home of this executable, links resolved: to find configs/ beside an installed program.
std::filesystem::path program_folder();

}  // namespace seg
