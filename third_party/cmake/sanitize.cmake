# SEG_SANITIZE: all our code under sanitizers, with line numbers and frame pointers. LibTorch and
# the system's libraries are not instrumented; tests/sanitizers holds what is suppressed of them.
if(SEG_SANITIZE)
  string(REPLACE ";" "," sanitizers "${SEG_SANITIZE}")
  set(CMAKE_CXX_FLAGS_RELEASE "-O1 -g1 -fno-omit-frame-pointer")
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-fsanitize=${sanitizers}>)
  add_link_options(-fsanitize=${sanitizers})
  message(STATUS "Sanitizers: ${sanitizers}")
endif()
