#pragma once
#include <string>

namespace itk {
class ExceptionObject;
}

namespace seg {

// What an exception of ITK says, without the class and the place in the code that it begins with.
std::string itk_reason(const itk::ExceptionObject& e);

}  // namespace seg
