#pragma once
// checkpoints/ of a run: a folder step-N each, and the links `last` and `best`. Others may have put
// folders there: only what this run wrote, and nobody copied or renamed, is replaced or removed.
#include "run/training_state.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace seg {

class Checkpoints {
 public:
  // run: the id in the state of each checkpoint that the run wrote.
  Checkpoints(std::filesystem::path folder, std::string run);

  std::filesystem::path at(std::int64_t step) const;

  // A whole checkpoint of a process that died between the two renames that put one in another's
  // place, on a file system that cannot exchange them, gets its name again.
  void bring_back() const;

  // What `last` names, which is believed even where there are later ones, else the newest whole one
  // of the run; nothing where there is none.
  std::optional<std::filesystem::path> newest() const;

  // A link that was copied as a folder becomes the folder step-N that it is.
  void unfold_copied_links() const;

  // A folder step-N of somebody else is renamed, with a warning.
  void make_room(std::int64_t step) const;

  // link: "last" or "best". step: -1 removes it. Throws Error(failure) where that step is missing.
  void point(const std::string& link, std::int64_t step) const;

  // Removes the run's checkpoints of other steps.
  void remove_but(const std::set<std::int64_t>& steps) const;

 private:
  bool is_ours(const std::filesystem::path& checkpoint, std::int64_t step) const;
  bool is_named(const std::filesystem::path& checkpoint) const;
  void set_aside(const std::filesystem::path& folder) const;

  std::filesystem::path folder_;
  std::string run_;
};

}  // namespace seg
