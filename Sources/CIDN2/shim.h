/* libidn2: IDNA 2008, for the domains of addresses and hosts. */
#pragma once
#include <idn2.h>
