#pragma once
// Named places between two pieces of a run's work, where a test stops or kills the program. A name
// is passed as often as the work is done; SEG_STOP_AT=NAME:COUNT:SIGNAL in the environment raises
// that signal (a number) when NAME is passed for the COUNT-th time. Without it nothing happens.
#include <string_view>

namespace seg {

// The names: "step" (of training, done), "window" (of inference, before it), "replace" and
// "replaced" (a file, folder or link, before and after it comes to its place), "remove" (a
// checkpoint, before it goes), "saved" (a checkpoint, whole and named by `last`), "validated" (of
// which nothing is written yet), "predicted" (a case, before its labels are written).
void at_boundary(std::string_view name);

// From now on as if SEG_STOP_AT were `text`.
void stop_at(std::string_view text);

}  // namespace seg
