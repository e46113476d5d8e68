#pragma once
#define CONFIG_LIB_TIMER 1
