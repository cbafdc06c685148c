# Keeps one throw-away PostgreSQL server: obeys orders from standard input, and when that ends (the test process is gone,
# however it ended) it ends the server and removes its folder. Arguments: the server program, the folder, the port.
trap '' HUP INT TERM
postgres=$1 folder=$2 port=$3 pid=
family() { echo "$pid $(cat "/proc/$pid/task/$pid/children" 2>/dev/null || pgrep -P "$pid")"; }
signal() { [ -z "$pid" ] || kill "-$1" $(family) 2>/dev/null; }
end() {
    [ -n "$pid" ] || return 0
    all=$(family)
    kill -KILL $all 2>/dev/null
    wait "$pid" 2>/dev/null
    for one in $all; do while kill -0 "$one" 2>/dev/null; do sleep 0.01; done; done
    pid=
}
while read -r order; do
    case $order in
        start) "$postgres" -D "$folder/data" -p "$port" -k "$folder" >>"$folder/log" 2>&1 & pid=$! ;;
        pause) signal STOP ;;
        resume) signal CONT ;;
        end) end ;;
    esac
    echo "$order"
done
end
rm -rf "$folder"
