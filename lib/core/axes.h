#pragma once
// Three numbers by axis. Files and geometry count x, y, z; arrays are [D, H, W] = [z, y, x]. A type
// for each order keeps them apart: neither converts to the other but by name.
#include <array>
#include <cstdint>
#include <vector>

namespace seg {

template <class T>
struct Xyz : std::array<T, 3> {};

template <class T>
struct Dhw : std::array<T, 3> {};

template <class T>
Dhw<T> to_dhw(const Xyz<T>& v) {
  return {v[2], v[1], v[0]};
}
template <class T>
Xyz<T> to_xyz(const Dhw<T>& v) {
  return {v[2], v[1], v[0]};
}

// Of a configuration's list [D, H, W].
template <class T>
Dhw<T> dhw_of(const std::vector<T>& list) {
  return {list.at(0), list.at(1), list.at(2)};
}

template <class T>
bool operator==(const Xyz<T>&, const Dhw<T>&) = delete;
template <class T>
bool operator==(const Dhw<T>&, const Xyz<T>&) = delete;

}  // namespace seg
