# Fails unless the objects in the list OBJECTS (separated by commas), which are compiled for the instruction set ISA,
# define nothing for others but their tables of kernels, float_..kernels and double_..kernels. An inline function that
# other objects have too (weak to the linker, which keeps any one of them) could otherwise come from here and end a
# program on an older processor.
string(REPLACE "," ";" objects "${OBJECTS}")
execute_process(COMMAND ${NM} -P ${objects} OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(LENGTH "${ISA}" length)
set(table "_ZN7convnet3cpu${length}${ISA}[0-9]+(float|double)_([a-z]+_)*kernelsE [DRB]")

# "name type value size": upper case is for others, except U, which is asked of them, and N, which is of the
# debug symbols; i, u, v and w are for others too.
string(REGEX MATCHALL "[^ \n]+ [A-MO-TV-Zuvwi] " shared "${listing}")
set(wrong)
set(tables 0)
foreach(symbol IN LISTS shared)
    if(symbol MATCHES "^${table} $")
        math(EXPR tables "${tables} + 1")
    else()
        string(APPEND wrong "\n  ${symbol}")
    endif()
endforeach()
if(wrong)
    message(FATAL_ERROR "the objects for ${ISA} define what other objects could take:${wrong}")
endif()
list(LENGTH objects count)
math(EXPR expected "2 * ${count}")
if(NOT tables EQUAL expected)
    message(FATAL_ERROR "the ${count} objects for ${ISA} define ${tables} tables instead of ${expected}:\n${listing}")
endif()
message(STATUS "${ISA}: ${tables} tables, and nothing else that other objects see")
