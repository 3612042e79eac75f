#pragma once
// AMOS's organs are called alike by every route to them: its own dataset.json has "arota" and "gall
// bladder", others write right_kidney, and tables and keys are to agree.
#include "config/fields.h"

namespace seg {

// The labels by their names of here ("aorta", "gallbladder", "right kidney", "prostate/uterus")
// where they are AMOS's fifteen, whatever the spelling; nothing for other labels.
std::optional<Pairs> amos_names(const Pairs& labels);

}  // namespace seg
