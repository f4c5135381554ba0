# Does what docs/new-service.md says: a line that is nothing but `a path` names the file of the block that follows; a block
# becomes that file, and one of `diff` adds its lines with + behind the line above them.
function wrong(text) {
    print "new-service: docs/new-service.md:" NR ": " text > "/dev/stderr"
    failed = 1
    exit 1
}
function write_new(    path, folder) {
    path = copy "/" file
    folder = path
    sub(/\/[^\/]*$/, "", folder)
    system("mkdir -p '" folder "'")
    printf "%s", block > path
    close(path)
}
function add_lines(    path, count, lines, index_, anchor, after, seen, text, line) {
    count = split(block, lines, "\n") - 1
    for (index_ = 1; index_ <= count; index_++) {
        text = substr(lines[index_], 2)
        if (lines[index_] ~ /^\+/) {
            after[anchor] = after[anchor] text "\n"
        } else {
            anchor = text
            after[anchor] = ""
        }
    }
    path = copy "/" file
    text = ""
    while ((getline line < path) > 0) {
        text = text line "\n"
        if (line in after) {
            text = text after[line]
            seen[line]++
        }
    }
    close(path)
    for (anchor in after) {
        if (seen[anchor] != 1) {
            wrong(file " has `" anchor "` " (seen[anchor] + 0) " times, and lines are to be added behind it")
        }
    }
    printf "%s", text > path
    close(path)
}
!inside && /^`[^`]+`$/ { file = substr($0, 2, length($0) - 2) }
/^```/ {
    if (inside && file == "") {
        wrong("this block belongs to no file")
    } else if (inside && kind == "diff") {
        add_lines()
    } else if (inside) {
        write_new()
    }
    if (inside) { file = "" }
    inside = !inside
    kind = substr($0, 4)
    block = ""
    next
}
inside { block = block $0 "\n" }
END { if (!failed && inside) { wrong("the last block does not end") } }
