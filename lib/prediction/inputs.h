#pragma once
// The cases that a network is to segment, found by the names of their files: no volume is read.
#include "prep/case.h"
#include "run/trained_model.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// A case that cannot be used, told before any volume is read.
struct BadCase {
  std::string id, reason;
};

// Both sorted by id; the cases have no labels.
struct Inputs {
  std::vector<Case> cases;
  std::vector<BadCase> bad;
};

// input:
// - a volume: of one channel, NAME or NAME_000N with the channel's number; of several, NAME_000N,
//   whose siblings are found beside it;
// - a folder of volumes: likewise, or, of several channels or where the network learnt from BraTS's
//   folders, NAME and an ending per channel as BraTS has them ("_flair", or what data.channels
//   says), which a single patient's folder is, too;
// - a folder of such folders, each called as its files begin;
// - the root of a data set: its imagesTs, else its imagesTr;
// - a table, LIST.csv: id and a column per channel, paths beside the table or absolute.
// Hidden files, what is no volume, and labels of BraTS (ID_seg) are left out. Of a folder its own
// files are taken, and folders in it only where a file in them ends as a channel does: labels that
// were written into a folder within the input do not become cases.
// A case that lacks a channel, or has two files for one, is bad. Throws Error(data) where the input
// is missing or holds no case, and for ids that are not UTF-8, are there twice, or hold a '/'.
Inputs find_inputs(const std::filesystem::path& input, const TrainedModel& model);

// Part I of N, written "I/N": every N-th case, bad ones counted too, by position in the order of
// ids; the parts of the same inputs are disjoint and together all. Throws Error(config) where
// `part` is something else, or I is not from 1 to N.
Inputs part_of(const Inputs& inputs, const std::string& part);

}  // namespace seg
