/* SPDX-License-Identifier: MIT */
/* commands.h - what the program does beside serving. Layer: product_metadata. */
#ifndef PRODUCT_COMMANDS_H
#define PRODUCT_COMMANDS_H

/* The words after the command's name. Each returns the exit code. */
int product_command_generate(int argc, char **argv);
int product_command_check(int argc, char **argv);

#endif
