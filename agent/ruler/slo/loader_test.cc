#include <doctest/doctest.h>

#include "agent/ruler/slo/loader.h"
