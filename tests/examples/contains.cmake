# cmake -DDOCUMENT=doc.md -DEXAMPLE=file.c -P contains.cmake: the document shows the file as it is.
file(READ ${DOCUMENT} document)
file(READ ${EXAMPLE} example)
string(FIND "${document}" "```c\n${example}```" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${DOCUMENT} does not show ${EXAMPLE} as it is: copy it there")
endif()
