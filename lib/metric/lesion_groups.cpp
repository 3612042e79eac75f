#include "metric/lesion_groups.h"

#include <limits>
#include <map>
#include <numeric>

namespace seg {
namespace {

using Voxel = std::array<std::int64_t, 3>;

std::vector<NamedLesion> named_groups(const RunMask& mask, const Components& groups) {
  std::vector<NamedLesion> named(static_cast<std::size_t>(groups.count));
  for (std::size_t i = 0; i < groups.of_run.size(); ++i) {
    const Run& run = mask.runs()[i];
    NamedLesion& lesion = named[static_cast<std::size_t>(groups.of_run[i])];
    if (lesion.voxels == 0) lesion.first = mask.first_voxel(run);
    lesion.voxels += run.voxels();
  }
  return named;
}

// A group's place in the order of the smallest (w, h, d) of its dilated component.
std::vector<std::int32_t> numbers_of(const RunMask& dilated, const Components& groups) {
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
  std::vector<Voxel> first(static_cast<std::size_t>(groups.count), Voxel{far, far, far});
  for (std::size_t i = 0; i < groups.of_run.size(); ++i) {
    if (groups.of_run[i] < 0) continue;
    const auto [d, h, w] = std::array<std::int64_t, 3>(dilated.first_voxel(dilated.runs()[i]));
    Voxel& of_group = first[static_cast<std::size_t>(groups.of_run[i])];
    of_group = std::min(of_group, Voxel{w, h, d});
  }
  std::vector<std::int32_t> order(first.size()), numbers(first.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t x, std::int32_t y) {
    return first[static_cast<std::size_t>(x)] < first[static_cast<std::size_t>(y)];
  });
  for (std::size_t n = 0; n < order.size(); ++n)
    numbers[static_cast<std::size_t>(order[n])] = static_cast<std::int32_t>(n);
  return numbers;
}

// The group's number without those that go, -1 for one of them.
std::vector<std::int32_t> kept_numbers(const std::vector<NamedLesion>& named, std::int64_t drop) {
  std::vector<std::int32_t> kept;
  std::int32_t next = 0;
  for (const NamedLesion& group : named) kept.push_back(group.voxels <= drop ? -1 : next++);
  return kept;
}

void renumber_groups(Components& groups, const std::vector<std::int32_t>& kept) {
  for (std::int32_t& group : groups.of_run) group = kept[static_cast<std::size_t>(group)];
}

// Deletes the runs of groups that are -1.
void delete_dropped(LesionGroups& side) {
  std::vector<Run> runs;
  std::vector<std::int32_t> of_run;
  for (std::size_t i = 0; i < side.groups.of_run.size(); ++i) {
    if (side.groups.of_run[i] < 0) continue;
    runs.push_back(side.mask.runs()[i]);
    of_run.push_back(side.groups.of_run[i]);
  }
  side.mask = RunMask(side.mask.size(), std::move(runs));
  side.groups.of_run = std::move(of_run);
}

constexpr std::int32_t kNoContact = std::numeric_limits<std::int32_t>::max();

// For each group of a the smallest number of a group of b that has a voxel one step away from it.
std::vector<std::int32_t> first_contacts(const LesionGroups& a, const LesionGroups& b) {
  std::vector<std::int32_t> contacts(static_cast<std::size_t>(a.groups.count), kNoContact);
  const auto touch = [&](std::size_t i, std::size_t j, std::int64_t) {
    std::int32_t& contact = contacts[static_cast<std::size_t>(a.groups.of_run[i])];
    const auto group = static_cast<std::size_t>(b.groups.of_run[j]);
    contact = std::min(contact, b.number_of_group[group]);
  };
  for (std::int64_t d = 0; d < a.mask.size()[0]; ++d)
    for (std::int64_t h = 0; h < a.mask.size()[1]; ++h)
      for (int along_d = -1; along_d <= 1; ++along_d)
        for (int along_h = -1; along_h <= 1; ++along_h) {
          const int margin = along_d != 0 && along_h != 0 ? 0 : 1;
          each_overlap(a.mask, b.mask, d, h, {along_d, along_h}, margin, touch);
        }
  return contacts;
}

// Lesions anew in C order, after groups went to others.
void name_lesions(LesionGroups& side) {
  const std::vector<NamedLesion> groups = named_groups(side.mask, side.groups);
  std::map<std::int32_t, std::int32_t> number;
  side.lesions.clear();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const auto [found, is_new] =
        number.try_emplace(side.lesion_of_group[g], static_cast<std::int32_t>(side.lesions.size()));
    side.lesion_of_group[g] = found->second;
    if (is_new)
      side.lesions.push_back(groups[g]);
    else
      side.lesions[static_cast<std::size_t>(found->second)].voxels += groups[g].voxels;
  }
}

void join_by(LesionGroups& side, const std::vector<std::int32_t>& contact_of_group) {
  std::vector<std::int32_t> key(side.lesions.size(), kNoContact);
  for (std::size_t g = 0; g < contact_of_group.size(); ++g) {
    std::int32_t& of_lesion = key[static_cast<std::size_t>(side.lesion_of_group[g])];
    of_lesion = std::min(of_lesion, contact_of_group[g]);
  }
  std::map<std::int32_t, std::int32_t> lesion_of_key;
  for (std::int32_t& lesion : side.lesion_of_group) {
    const std::int32_t k = key[static_cast<std::size_t>(lesion)];
    if (k != kNoContact) lesion = lesion_of_key.try_emplace(k, lesion).first->second;
  }
  name_lesions(side);
}

}  // namespace

LesionGroups lesion_groups(const RunMask& mask, int dilation, std::int64_t drop_voxels) {
  DilatedGroups found = group(mask, dilation);
  const std::vector<NamedLesion> named = named_groups(mask, found.groups);
  const std::vector<std::int32_t> kept = kept_numbers(named, drop_voxels);
  LesionGroups side{mask,
                    std::move(found.groups),
                    std::move(found.dilated),
                    std::move(found.of_dilated),
                    {},
                    {},
                    {},
                    {}};
  for (std::size_t g = 0; g < named.size(); ++g)
    (kept[g] < 0 ? side.dropped : side.lesions).push_back(named[g]);
  renumber_groups(side.groups, kept);
  renumber_groups(side.of_dilated, kept);
  side.groups.count = side.of_dilated.count = static_cast<std::int32_t>(side.lesions.size());
  if (!side.dropped.empty()) delete_dropped(side);
  side.number_of_group = numbers_of(side.dilated, side.of_dilated);
  side.lesion_of_group.resize(side.lesions.size());
  std::iota(side.lesion_of_group.begin(), side.lesion_of_group.end(), 0);
  return side;
}

void join_tissues(const Tissues& tissues) {
  // Contacts are with the others' groups, as they were before any joining.
  const auto [netc, et, rc, snfh] = tissues;
  const std::pair<LesionGroups*, std::vector<LesionGroups*>> order[] = {
      {netc, {et, rc}}, {et, {netc, rc}}, {rc, {et, netc}}, {snfh, {et, rc, netc}}};
  for (const auto& [side, others] : order)
    for (const LesionGroups* other : others) join_by(*side, first_contacts(*side, *other));
}

}  // namespace seg
