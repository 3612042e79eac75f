// What every file includes must load fast: the libraries behind the configuration and the log stay
// in their .cpp files.
#include "config/config.h"
#include "core/log.h"

#if defined(YAML_CPP_API) || defined(SPDLOG_VERSION)
#error "config/config.h or core/log.h pulls in yaml-cpp or spdlog"
#endif
