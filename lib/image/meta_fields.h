#pragma once
#include <map>
#include <string>
#include <string_view>

namespace seg {

// Whether ITK 5.2 takes a line of a MetaImage header apart as we do, into "name = value": for it a
// colon is as good as "=", several are as good as one, and a name has 254 bytes at most.
bool is_meta_line(std::string_view line);

// Throws VolumeError for the fields, by name, of a MetaImage header that ITK 5.2 would not read as
// they are written. It has room for texts of 254 bytes and for 10 dimensions and writes behind it,
// makes 0 of what is no number, goes on to the next line for numbers that are missing, and takes
// whatever begins with T or 1 as True.
void check_meta_fields(const std::map<std::string, std::string>& fields, const std::string& file);

}  // namespace seg
